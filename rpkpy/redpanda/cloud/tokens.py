"""Access tokens of Redpanda Cloud (JSON Web Tokens, RFC 7519): what is in them, and whether to use them."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rpkpy.errors import AuthError, RpkpyError
from rpkpy.redpanda.cloud.http import CloudHttp

LEEWAY_S = 60.0
"""A token that ends sooner than this is taken as ended: the request must still arrive."""
KEYS_PATH = "/.well-known/jwks.json"
"""Where the issuer (Auth0) publishes the keys that verify its signatures (RFC 7517)."""
# Signatures that a public key verifies; the others need the issuer's own secret.
_ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_MAX_TOKEN_CHARS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of itself: when it ends (seconds since the epoch), whom it is for, who asked for it."""

    expires_at: float
    audience: tuple[str, ...]
    client_id: str


def read(token: str) -> Claims:
    """The claims of `token`, its signature not looked at; AuthError where it is no such token."""
    claims = _part(token, 1)
    expires, audience = claims.get("exp"), claims.get("aud")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise _unusable("it does not say when it ends")
    listed = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    return Claims(float(expires), tuple(map(str, listed)), str(claims.get("azp", "")))


def problem(token: str, *, audience: str, client_id: str, now: float) -> str | None:
    """Why `token` cannot be used (its end, its audience, its client); None where it can. `now` is in epoch seconds."""
    try:
        claims = read(token)
    except AuthError as error:
        return str(error.cause)
    if claims.expires_at <= now + LEEWAY_S:
        return "it has expired"
    if audience not in claims.audience:
        return f"it is for {', '.join(claims.audience) or 'nobody'}, not for {audience}"
    if client_id and claims.client_id != client_id:
        return f"it was given to the client {claims.client_id!r}, not to {client_id!r}"
    return None


def verify_signature(token: str, issuer: CloudHttp, say: Callable[[str], None]) -> bool:
    """Whether the signature was verified with the issuer's public keys; AuthError where it is wrong.

    False, with the reason said, where it cannot be verified: without the extra `cloud`, without published keys, or
    signed with a secret that the issuer alone has.
    """
    header = _part(token, 0)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        raise _unusable("it is not signed")
    if algorithm not in _ASYMMETRIC:
        say(f"The token's signature is not verified: {algorithm} has no public key.")
        return False
    try:
        import jwt
    except ImportError:
        say('The token\'s signature is not verified: that takes pip install "rpkpy[cloud]".')
        return False
    try:
        published = issuer.request("GET", KEYS_PATH, action="read the issuer's keys").json("read the issuer's keys")
        keys = jwt.PyJWKSet.from_dict(published)
    except (RpkpyError, jwt.PyJWTError) as error:
        say(f"The token's signature is not verified: its issuer's keys cannot be had ({error}).")
        return False
    key = next((key for key in keys.keys if key.key_id == header.get("kid")), None)
    if key is None:
        raise _unusable("it is signed with a key that its issuer does not have")
    try:
        jwt.decode(
            token,
            key=key.key,
            algorithms=[algorithm],
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:  # the latter two: a key of another kind
        raise _unusable(f"its signature is wrong ({error})") from None
    return True


def _part(token: str, index: int) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN_CHARS:
        raise _unusable("it is not a JSON Web Token")
    try:
        text = base64.urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4))
        data = json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        raise _unusable("it is not a JSON Web Token") from None
    if not isinstance(data, dict):
        raise _unusable("it is not a JSON Web Token")
    return data


def _unusable(why: str) -> AuthError:
    return AuthError(
        "Redpanda Cloud's token cannot be used.", cause=why, fix="Log in again: rpkpy cloud login; -v says more."
    )
