"""Published keys: what they say, until when they count, and when their file is read again."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from joserfc.jwk import OKPKey

from security.tokens.keys import (
    PublicKey,
    PublishedKeys,
    document_of,
    generate_signing_key,
    load_public_keys,
    load_signing_key,
    public_keys,
    write_private,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KEY, OTHER = generate_signing_key(), generate_signing_key()


def test_attack_nothing_private_is_published() -> None:
    """ASVS 13.3.1: name, kind and the public half, and until when it counts."""
    x = KEY.as_dict(private=False)["x"]
    plain = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": KEY.kid, "use": "sig"}
    assert PublicKey(KEY).as_jwk() == {**plain, "alg": "Ed25519"}
    ending = PublicKey(KEY, NOW).as_jwk()
    assert ending == {**plain, "alg": "Ed25519", "exp": int(NOW.timestamp())}
    # What was read with an end has none once it signs again.
    again = PublicKey(OKPKey.import_key(ending))
    assert again.as_jwk() == {**plain, "alg": "Ed25519"}
    assert orjson.loads(public_keys(KEY)) == {"keys": [PublicKey(KEY).as_jwk()]}


def test_a_document_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(document_of([PublicKey(KEY), PublicKey(OTHER, NOW)]))
    one, other = load_public_keys(file)
    assert (one.kid, one.until) == (KEY.kid, None)
    assert (other.kid, other.until) == (OTHER.kid, NOW)
    assert not one.key.is_private


@pytest.mark.parametrize("content", [b"[]", b"{}", b"{", b'{"keys": [7]}'])
def test_a_broken_document_is_told_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "jwks.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"^jwks\.json may hold public Ed25519 keys only$"):
        load_public_keys(tmp_path / "jwks.json")
    (tmp_path / "jwks.json").write_bytes(b'{"keys": []}')
    with pytest.raises(ValueError, match=r"^jwks\.json holds no key, or two of one name$"):
        load_public_keys(tmp_path / "jwks.json")


def test_a_key_is_found_by_its_name_until_its_end(tmp_path: Path) -> None:
    """To the second."""
    file = tmp_path / "jwks.json"
    file.write_bytes(document_of([PublicKey(KEY), PublicKey(OTHER, NOW)]))
    published = PublishedKeys(file)
    assert published.document == file.read_bytes()
    found = published.find(KEY.kid, NOW)
    assert found is not None
    assert found.thumbprint() == KEY.thumbprint()
    assert published.find(OTHER.kid, NOW - SECOND) is not None
    assert published.find(OTHER.kid, NOW) is None
    for name in (None, 7, "", "nobody", [KEY.kid]):
        assert published.find(name, NOW) is None


def test_a_file_is_read_again_where_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(public_keys(KEY))
    published = PublishedKeys(file)
    assert published.reload() is False
    file.write_bytes(public_keys(KEY, OTHER))
    assert published.reload() is True
    assert published.find(OTHER.kid, NOW) is not None
    assert published.document == file.read_bytes()
    assert published.reload() is False


def test_attack_a_file_that_breaks_changes_nothing(tmp_path: Path) -> None:
    """ASVS 16.5.3: the keys that there are stay; and the next good one is read."""
    file = tmp_path / "jwks.json"
    file.write_bytes(public_keys(KEY))
    published = PublishedKeys(file)
    file.write_bytes(b"{")
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^jwks\.json may hold"):
            published.reload()
    assert published.find(KEY.kid, NOW) is not None
    file.write_bytes(public_keys(OTHER))
    assert published.reload() is True
    assert published.find(KEY.kid, NOW) is None


def test_a_file_of_the_same_length_in_its_place_is_another(tmp_path: Path) -> None:
    file, beside = tmp_path / "jwks.json", tmp_path / "next.json"
    file.write_bytes(public_keys(KEY))
    published = PublishedKeys(file)
    beside.write_bytes(public_keys(OTHER))
    status = file.stat()
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    beside.replace(file)
    assert published.reload() is True
    assert published.find(OTHER.kid, NOW) is not None


def test_a_signing_key_is_told_by_the_name_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "signing.json"
    write_private(file, b"{}")
    with pytest.raises(ValueError, match=r"^signing\.json is no signing key$"):
        load_signing_key(file)
    file.write_bytes(orjson.dumps(KEY.as_dict(private=False)))
    with pytest.raises(ValueError, match=r"^signing\.json is no private Ed25519 key with a kid$"):
        load_signing_key(file)
    file.write_bytes(orjson.dumps(KEY.as_dict(private=True)))
    assert load_signing_key(file).thumbprint() == KEY.thumbprint()
    file.chmod(0o640)
    with pytest.raises(PermissionError, match=r"owner only: chmod 600 .*signing\.json$"):
        load_signing_key(file)
