"""Judges a module as a broker would: at deploy, then when it starts; then what is good to know."""

from collections.abc import Iterator
from dataclasses import replace

from rpkpy.wasm.advice import ADVICE
from rpkpy.wasm.binary import MalformedModule, parse
from rpkpy.wasm.deploy_rules import DEPLOY_RULES, INVALID_MODULE, binary_size
from rpkpy.wasm.limits import BROKER, Limits
from rpkpy.wasm.start_rules import START_RULES
from rpkpy.wasm.verdict import Report, Verdict

__all__ = ["Report", "Verdict", "check"]


def check(data: bytes, limits: Limits = BROKER) -> Report:
    """The broker's verdict on the file `data` under `limits`, rule by rule, in the order in which it comes to them.

    Never raises for a bad module, whatever the bytes. Function bodies are not looked at: only an engine can judge
    them. A file that is no module gets the rules `module` and `binary-size` alone.
    """
    return Report.of(_verdicts(data, limits))


def _verdicts(data: bytes, limits: Limits) -> Iterator[Verdict]:
    try:
        module = parse(data)
    except MalformedModule as error:
        detail = f"{error.problem} (byte {error.offset})"
        if error.flaw == "engine":
            # The deploy check does not compare these; the engine fails to compile, and the partitions stay unknown.
            yield Verdict("module", "fail", detail, fix="Build it again: the file is damaged.", stage="start")
        else:
            yield Verdict("module", "fail", detail, INVALID_MODULE, error.fix or _fix(error))
        yield binary_size(len(data), limits)
        return
    yield Verdict("module", "ok", "WebAssembly core module, version 1")
    for rule in DEPLOY_RULES:
        yield from rule(module, limits)
    yield binary_size(len(data), limits)
    for rule in START_RULES:
        for verdict in rule(module, limits):
            yield replace(verdict, stage="start")
    for advice in ADVICE:
        for verdict in advice(module, data):
            yield replace(verdict, stage="advice")


def _fix(error: MalformedModule) -> str:
    if error.flaw == "truncated":
        return "The file was cut off: copy or build it again."
    return "Build it again; if it stays so, the compiler uses WebAssembly features that brokers do not have."
