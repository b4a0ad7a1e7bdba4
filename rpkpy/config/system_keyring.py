"""Secrets in the system's keyring: rpk.yaml, a variable or -X holds `keyring:SERVICE/ACCOUNT` instead of the secret.

The keyring is read alone; `keyring set SERVICE ACCOUNT`, which comes with the library, puts a secret there. rpk knows
nothing of it and takes the reference for the secret itself.
"""

from rpkpy.errors import ConfigError, MissingExtraError

_PREFIX = "keyring:"


def is_reference(text: object) -> bool:
    """Whether `text` names a secret in the keyring, and is none itself."""
    return isinstance(text, str) and text.startswith(_PREFIX)


def resolved(text: str) -> str:
    """The secret that `text` names, or `text` where it is the secret itself.

    MissingExtraError without the extra `keyring`; ConfigError where the keyring does not give the secret.
    """
    if not is_reference(text):
        return text
    service, slash, account = text.removeprefix(_PREFIX).rpartition("/")
    if not (service and slash and account):
        raise ConfigError(f"{text!r} names no secret in the keyring.", fix="Write keyring:SERVICE/ACCOUNT.")
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        raise MissingExtraError("A secret in the system's keyring", "keyring") from None
    try:
        secret = keyring.get_password(service, account)
    except NoKeyringError:
        raise ConfigError(
            f"{text!r}: this machine has no keyring.",
            cause="None of the backends that the keyring library knows can be used.",
            fix="Give the secret by its environment variable here (rpkpy -X help names it).",
        ) from None
    except KeyringError as error:
        raise ConfigError(f"{text!r}: the keyring does not give it.", cause=f"{error}.", fix="Is it locked?") from error
    if not secret:
        raise ConfigError(f"{text!r}: the keyring holds nothing of that name.", fix=f"keyring set {service} {account}")
    return secret
