"""The options of rpkpy's own transform host that a deployment asks for."""

from collections.abc import Mapping

from rpkpy.config.host_options import CHOICES, HostOptions, spelled
from rpkpy.errors import UsageError
from rpkpy.project.rules import check_topic


def resolve(kept: HostOptions, given: Mapping[str, str]) -> HostOptions:
    """`kept` with what the flags gave over it, by the options' names; UsageError for what cannot be meant."""
    changes = {name: value.lower() if name in CHOICES else value for name, value in given.items()}
    for name, value in changes.items():
        if name in CHOICES and value not in CHOICES[name]:
            raise UsageError(f"--{spelled(name)} cannot be {value!r}.", fix=f"Use one of {', '.join(CHOICES[name])}.")
        if name not in CHOICES and (reason := check_topic(value)):
            raise UsageError(f"--{spelled(name)}: {value!r} cannot be a topic: {reason}.")
    options = kept.patched(changes)
    if options.dead_letter_topic is not None and options.on_error != "dlq":
        raise UsageError(
            f"The dead-letter topic {options.dead_letter_topic} would get nothing.",
            cause=f"on-error is {options.on_error}.",
            fix="Say on-error dlq as well, or leave the topic out.",
        )
    return options


def check_dead_letters(options: HostOptions, input_topic: str) -> None:
    """UsageError where failed records would come back as input."""
    if options.dead_letters(input_topic) == input_topic:
        raise UsageError(f"{input_topic!r} is the input and the dead-letter topic: what fails would come back.")
