"""The deploy request's module, judged by what the broker checks before it takes one."""

from rpkpy.host.rejection import Rejected, bad_request
from rpkpy.wasm import deploy_rules
from rpkpy.wasm.limits import Limits
from rpkpy.wasm.validate import check

_REFUSALS = frozenset(
    {
        deploy_rules.INVALID_MODULE,
        deploy_rules.MISSING_WASI,
        deploy_rules.MISSING_ABI,
        deploy_rules.UNSUPPORTED_SCHEMA_REGISTRY,
    }
)


def check_module(wasm: bytes | memoryview, limits: Limits) -> None:
    """Raise Rejected with the broker's text for the first rule of the deploy check that `wasm` breaks.

    What the broker meets only when it starts a transform (unknown imports, too much memory) passes here as there:
    its partitions stay in state unknown, and the transform's log says why.
    """
    for verdict in check(bytes(wasm), limits).verdicts:
        if verdict.status != "fail":
            continue
        if verdict.broker_says in _REFUSALS:
            raise bad_request(verdict.broker_says)
        if verdict.broker_says == deploy_rules.TOO_LARGE:
            raise Rejected(500, deploy_rules.TOO_LARGE)
