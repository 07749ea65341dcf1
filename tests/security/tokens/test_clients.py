"""Files of clients: read exactly, or refused with their name and the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from security.tokens.clients import load_clients
from security.tokens.keys import PublicKey, generate_signing_key

KEY = PublicKey(generate_signing_key())
FORM: dict[str, Any] = {
    "client_id": "gateway",
    "tenant": "bank",
    "grants": ["client_credentials"],
    "access": {"urn:api": ["banking:accounts:read", "banking:cards:read"]},
    "resource_server": "urn:api",
    "jwks": {"keys": [KEY.as_jwk()]},
}


def write(folder: Path, name: str = "gateway", **changed: Any) -> None:
    said = {key: value for key, value in {**FORM, **changed}.items() if value is not None}
    (folder / f"{name}.yml").write_text(yaml.safe_dump(said))


def test_a_client_is_read_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "plain", client_id="plain", grants=None, access=None, resource_server=None)
    (tmp_path / "notes.txt").write_text("no client")
    found = load_clients(tmp_path)
    assert list(found) == ["gateway", "plain"]
    one, other = found["gateway"], found["plain"]
    assert (one.id, one.tenant, one.grants) == ("gateway", "bank", {"client_credentials"})
    assert one.access == {"urn:api": {"banking:accounts:read", "banking:cards:read"}}
    assert [key.kid for key in one.keys] == [KEY.kid]
    assert one.resource_server == "urn:api"
    assert (other.grants, other.access, other.resource_server) == (frozenset(), {}, None)


def test_no_folder_is_no_client(tmp_path: Path) -> None:
    assert load_clients(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"more": 1}, "is no client: .* at more"),
        ({"grants": ["password"]}, r"is no client: .* at grants\.0"),
        ({"client_id": "A"}, "is no client: .* at client_id"),
        ({"client_id": "another"}, "is of another client than its name says"),
        ({"access": {"urn:api": []}}, r"is no client: .* at access\.urn:api"),
        ({"access": {"urn:api": ["all"]}}, r"is no client: .* at access\.urn:api\.0"),
        ({"jwks": {"keys": []}}, r"is no client: .* at jwks\.keys"),
        ({"jwks": {"keys": [{**KEY.as_jwk(), "d": "AAAA"}]}}, "may hold public Ed25519 keys only"),
        ({"jwks": {"keys": [KEY.as_jwk()] * 2}}, "holds no key, or two of one name"),
    ],
)
def test_attack_a_file_that_says_more_or_less(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    """ASVS 9.1.3, 8.2.1: nothing is guessed, and no private key lies there."""
    write(tmp_path, **changed)
    with pytest.raises(ValueError, match=rf"^gateway\.yml {told}$"):
        load_clients(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"), [("", "is no client: .* at its top"), ("{a: [", "is no client")]
)
def test_what_is_no_form_is_no_client(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "gateway.yml").write_text(text)
    with pytest.raises(ValueError, match=rf"^gateway\.yml {told}$"):
        load_clients(tmp_path)
