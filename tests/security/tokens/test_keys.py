"""The signing key stays with its owner; what the APIs read holds public keys alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from security.tokens.keys import (
    generate_signing_key,
    load_public_keys,
    load_signing_key,
    public_keys,
    write_private,
)


def written(folder: Path, content: Any) -> Path:
    file = folder / "jwks.json"
    file.write_text(json.dumps(content))
    return file


def test_what_the_apis_read_holds_no_private_part(signing_key: OKPKey) -> None:
    """ASVS 13.3.1."""
    [key] = json.loads(public_keys(signing_key))["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert key["kid"] == signing_key.thumbprint()


def test_a_private_key_in_the_public_file_is_refused(tmp_path: Path, signing_key: OKPKey) -> None:
    """ASVS 13.3.1: an API that could sign is no resource server."""
    file = written(tmp_path, {"keys": [signing_key.as_dict(private=True)]})
    with pytest.raises(ValueError, match="public Ed25519"):
        load_public_keys(file)


STRANGERS = {
    "a shared secret": OctKey.generate_key(256),
    "an RSA key": RSAKey.generate_key(2048, private=False),
    "a P-256 key": ECKey.generate_key("P-256", private=False),
    "an Ed448 key": OKPKey.generate_key("Ed448", private=False),
    "a key for agreement": OKPKey.generate_key("X25519", private=False),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_a_key_of_another_kind_is_refused(
    tmp_path: Path, signing_key: OKPKey, stranger: OctKey | RSAKey | ECKey | OKPKey
) -> None:
    """ASVS 9.1.2: also beside a good one."""
    keys = KeySet([signing_key, stranger])
    file = written(tmp_path, keys.as_dict(private=isinstance(stranger, OctKey)))
    document = json.loads(file.read_text())
    document["keys"][0].pop("d", None)
    file.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="public Ed25519"):
        load_public_keys(file)


@pytest.mark.parametrize("content", [{"keys": []}, {}, [], {"keys": [{}]}, {"keys": "x"}, None])
def test_a_file_without_a_usable_key_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it stops the start.
        load_public_keys(written(tmp_path, content))


def test_a_private_file_is_its_owners_and_never_overwritten(tmp_path: Path) -> None:
    """ASVS 13.3.2."""
    file = tmp_path / "key"
    write_private(file, b"first")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_private(file, b"second")
    assert file.read_bytes() == b"first"


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o644, 0o620])
def test_a_signing_key_that_others_may_touch_is_refused(tmp_path: Path, rights: int) -> None:
    """ASVS 13.3.2."""
    file = tmp_path / "signing.jwk"
    write_private(file, json.dumps(generate_signing_key().as_dict(private=True)).encode())
    assert load_signing_key(file).is_private
    file.chmod(rights)
    with pytest.raises(PermissionError):
        load_signing_key(file)


def test_each_signing_key_is_another_and_named_by_its_thumbprint() -> None:
    """RFC 7638."""
    one, other = generate_signing_key(), generate_signing_key()
    assert one.kid == one.thumbprint()
    assert one.kid != other.kid


NO_SIGNING_KEYS: dict[str, Any] = {
    "its public half": generate_signing_key().as_dict(private=False),
    "a P-256 key": ECKey.generate_key("P-256").as_dict(private=True),
    "a shared secret": OctKey.generate_key(256).as_dict(private=True),
    "an Ed448 key": OKPKey.generate_key("Ed448").as_dict(private=True),
    "an empty object": {},
    "a list": [],
    "nothing": None,
}


@pytest.mark.parametrize("content", NO_SIGNING_KEYS.values(), ids=NO_SIGNING_KEYS)
def test_a_file_that_is_no_signing_key_is_refused(tmp_path: Path, content: Any) -> None:
    """At start, with one line; not at the first token."""
    file = tmp_path / "signing.jwk"
    write_private(file, json.dumps(content).encode())
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it stops the start.
        load_signing_key(file)
