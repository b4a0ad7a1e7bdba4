"""Signing modules and checking them, with keys that OpenSSL's library makes and reads."""

import json
import stat
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rpkpy.errors import InvalidError, MissingExtraError, UsageError
from rpkpy.signing import dsse, keys, modules
from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from tests.wasm.modules import identity

MODULE = write_section(identity(), ORIGIN_SECTION, b'{"language": "c", "tools": {"zig": "0.17"}}')


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A private key; its public one has .pub behind it."""
    keys.generate(tmp_path / "release.key")
    return tmp_path / "release.key"


def signed(pair: Path, module: bytes = MODULE) -> bytes:
    return modules.sign(module, "mask.wasm", keys.private(pair))


def verified(pair: Path, envelope: bytes, module: bytes = MODULE) -> modules.Verified:
    return modules.verify(module, "mask.wasm", envelope, keys.public(Path(f"{pair}.pub")))


def test_a_signed_module_verifies_and_tells_its_origin(pair: Path) -> None:
    found = verified(pair, signed(pair))
    assert found.origin == {"language": "c", "tools": {"zig": "0.17"}}
    assert found.key == keys.key_id(keys.public(Path(f"{pair}.pub")))
    statement = json.loads(dsse.decode(signed(pair)).payload)
    assert statement["subject"] == [{"name": "mask.wasm", "digest": {"sha256": found.sha256}}]


def test_one_changed_bit_of_the_module_is_found(pair: Path) -> None:
    envelope = signed(pair)
    for place in range(0, len(MODULE), 37):
        changed = bytearray(MODULE)
        changed[place] ^= 1
        with pytest.raises(InvalidError, match="does not hold"):
            verified(pair, envelope, bytes(changed))


def test_one_changed_byte_of_the_signature_file_is_found(pair: Path) -> None:
    """Every byte of the file but those of the key's id, which proves nothing, and of JSON's own form."""
    envelope = dsse.decode(signed(pair))
    (signature,) = envelope.signatures
    for place in range(len(envelope.payload)):
        payload = bytearray(envelope.payload)
        payload[place] ^= 1
        with pytest.raises(InvalidError):
            verified(pair, dsse.Envelope(envelope.payload_type, bytes(payload), (signature,)).encode())
    for place in range(len(signature.content)):
        content = bytearray(signature.content)
        content[place] ^= 1
        other = dsse.Signature(signature.keyid, bytes(content))
        with pytest.raises(InvalidError):
            verified(pair, dsse.Envelope(envelope.payload_type, envelope.payload, (other,)).encode())


def test_a_signature_of_another_key_or_type_is_none(pair: Path, tmp_path: Path) -> None:
    keys.generate(tmp_path / "other.key")
    with pytest.raises(InvalidError, match="does not hold") as caught:
        verified(pair, signed(tmp_path / "other.key"))
    assert keys.key_id(keys.public(tmp_path / "other.key.pub"))[:16] in str(caught.value.cause)
    key = keys.private(pair)
    payload = dsse.decode(signed(pair)).payload
    for kind, content in (("text/plain", payload), (modules.PAYLOAD_TYPE, b"[]"), (modules.PAYLOAD_TYPE, b"\xff")):
        signature = dsse.Signature("", key.sign(dsse.signed_bytes(kind, content)))
        with pytest.raises(InvalidError):
            verified(pair, dsse.Envelope(kind, content, (signature,)).encode())


def test_one_good_signature_among_others_is_enough(pair: Path) -> None:
    envelope = dsse.decode(signed(pair))
    both = (dsse.Signature("x", b"\0" * 64), *envelope.signatures)
    assert verified(pair, dsse.Envelope(envelope.payload_type, envelope.payload, both).encode()).sha256


@pytest.mark.parametrize("subject", [None, [], [1], [{"digest": 5}], [{"digest": {"sha512": "x"}}]])
def test_a_statement_without_the_modules_sum(pair: Path, subject: object) -> None:
    payload = json.dumps({"_type": modules.STATEMENT_TYPE, "subject": subject}).encode()
    signature = dsse.Signature("", keys.private(pair).sign(dsse.signed_bytes(modules.PAYLOAD_TYPE, payload)))
    with pytest.raises(InvalidError, match="does not hold"):
        verified(pair, dsse.Envelope(modules.PAYLOAD_TYPE, payload, (signature,)).encode())


def test_what_is_no_module_is_not_signed(pair: Path) -> None:
    with pytest.raises(InvalidError, match="not signed"):
        signed(pair, b"text")


def test_keys_are_private_and_are_not_overwritten(pair: Path) -> None:
    assert stat.S_IMODE(pair.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="there already"):
        keys.generate(pair)
    pair.unlink()
    with pytest.raises(UsageError, match=r"\.pub is there already"):
        keys.generate(pair)


def test_an_encrypted_key_needs_its_password(tmp_path: Path) -> None:
    keys.generate(tmp_path / "k", "hush")
    assert keys.private(tmp_path / "k", "hush").sign(b"x")
    for wrong in (None, "other"):
        with pytest.raises(UsageError):
            keys.private(tmp_path / "k", wrong)


def test_files_that_hold_no_such_key(pair: Path, tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "ec").write_bytes(other.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    (tmp_path / "ec.pub").write_bytes(other.public_key().public_bytes(pem, spki))
    (tmp_path / "text").write_text("hush")
    (tmp_path / "large").write_bytes(bytes(20_000))
    for name in ("ec", "text", "large", "nothing", "."):
        with pytest.raises(UsageError) as caught:
            keys.private(tmp_path / name)
        assert "hush" not in f"{caught.value.message}{caught.value.cause}"
    for name in ("ec.pub", "text", "release.key"):
        with pytest.raises(UsageError):
            keys.public(tmp_path / name)


def test_without_the_extra_it_is_named(pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for use in (keys.private, keys.public, keys.generate):
        with pytest.raises(MissingExtraError, match="Signing and verifying") as caught:
            use(pair if use is not keys.generate else tmp_path / "new")
        assert caught.value.fix == 'pip install "rpkpy[sign]"'


@pytest.mark.parametrize("size", [0, 63, 65, 10_000])
def test_a_signature_of_another_length_is_none(pair: Path, size: int) -> None:
    found = dsse.decode(signed(pair))
    envelope = dsse.Envelope(found.payload_type, found.payload, (dsse.Signature("", bytes(size)),))
    with pytest.raises(InvalidError, match="does not hold"):
        verified(pair, envelope.encode())


def test_a_key_of_openssls_is_one(tmp_path: Path) -> None:
    """The form that `openssl genpkey -algorithm ed25519` writes."""
    key = Ed25519PrivateKey.generate()
    none = serialization.NoEncryption()
    (tmp_path / "k").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none))
    envelope = modules.sign(MODULE, "m", keys.private(tmp_path / "k"))
    assert modules.verify(MODULE, "m", envelope, key.public_key()).module == "m"
