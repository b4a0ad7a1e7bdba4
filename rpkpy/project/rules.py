"""What the broker accepts as names, topics and environment, told before anything is sent to it."""

import hashlib
import re
from collections.abc import Mapping

# src/v/cluster/plugin_frontend.cc
MAX_NAME_BYTES = 128
MAX_OUTPUT_TOPICS = 8
MAX_INPUT_TOPICS = 100
"""Of one project. The broker has no such rule: as many transforms as its memory holds, 10 by default."""
MAX_ENV = 128
MAX_ENV_KEY_BYTES = 128
MAX_ENV_VALUE_BYTES = 2048
ENV_PREFIX = "REDPANDA_"
# The broker looks at bytes, so that a control character beyond ASCII passes.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Kafka's rule for topic names.
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")


def check_name(name: str) -> str | None:
    """Why `name` cannot be a transform's name (the broker's rule, and NAME.wasm must be a file), or None."""
    if not name.strip():
        return "it is empty"
    if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes"
    if _CONTROL.search(name) or not _is_unicode(name):
        return "it holds control characters"
    if "/" in name or "\\" in name or name.startswith("."):
        return "NAME.wasm must be a file beside transform.yaml, so it cannot hold / or \\ or start with a dot"
    return None


def name_for_input(project: str, topic: str) -> str:
    """The transform that serves one of several inputs of `project`: `PROJECT-TOPIC`.

    Cut where the broker would find it too long; then it ends in 8 hex digits of the whole name's SHA-256.
    """
    name = f"{project}-{topic}"
    data = name.encode("utf-8", "surrogatepass")
    if len(data) <= MAX_NAME_BYTES:
        return name
    digits = hashlib.sha256(data).hexdigest()[:8]
    return f"{data[: MAX_NAME_BYTES - len(digits) - 1].decode('utf-8', 'ignore')}-{digits}"


def check_env(env: Mapping[str, str]) -> str | None:
    """Which rule of the broker `env` breaks, or None."""
    if len(env) > MAX_ENV:
        return f"{len(env)} variables; the broker takes at most {MAX_ENV}"
    return next((problem for item in env.items() if (problem := check_variable(*item))), None)


def check_topic(topic: str) -> str | None:
    """Why `topic` cannot be a topic's name, or None."""
    if not _TOPIC.fullmatch(topic) or topic in (".", ".."):
        return "a topic's name has 1 to 249 letters, digits, dots, underscores and dashes"
    return None


def check_variable(key: str, value: str) -> str | None:
    """Which rule of the broker the variable breaks, or None."""
    checks = (
        (not 1 <= len(key.encode("utf-8", "surrogatepass")) <= MAX_ENV_KEY_BYTES, "its name has 1 to 128 bytes"),
        ("=" in key, "its name cannot hold `=`"),
        (key.startswith(ENV_PREFIX), f"names starting with {ENV_PREFIX} are the broker's own"),
        (not 1 <= len(value.encode("utf-8", "surrogatepass")) <= MAX_ENV_VALUE_BYTES, "its value has 1 to 2048 bytes"),
        (any(_CONTROL.search(text) or not _is_unicode(text) for text in (key, value)), "it holds control characters"),
    )
    return next((f"variable {key!r}: {reason}" for failed, reason in checks if failed), None)


def _is_unicode(text: str) -> bool:
    return not re.search(r"[\ud800-\udfff]", text)
