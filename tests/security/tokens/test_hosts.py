"""Registered host sites: what a file may say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from security.hosts import read_hosts
from security.settings import SecuritySettings
from security.tokens.hosts import load_hosts

PROJECT = Path(__file__).parents[3]
PUBLIC = {**OKPKey.generate_key("Ed25519").as_dict(private=False), "kid": "k1", "alg": "Ed25519"}


def form(**changed: Any) -> dict[str, Any]:
    """Return a right file, changed."""
    vouching = {
        "issuer": "https://www.example",
        "people": {"C-1": "alice"},
        "jwks": {"keys": [PUBLIC]},
    }
    return {
        "host_id": "north",
        "tenant": "northwind-bank",
        "origins": ["https://www.example"],
        "vouching": {**vouching, **changed.pop("vouching", {})},
        **changed,
    }


def kept(folder: Path, said: Any) -> Path:
    """Write a file of this content; return its folder."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "north.yml").write_text(yaml.safe_dump(said))
    return folder


def test_a_host_is_read_as_it_is_written(tmp_path: Path) -> None:
    hosts = load_hosts(kept(tmp_path, form()))
    assert hosts.origins_of("northwind-bank") == ["https://www.example"]
    assert hosts.origins_of("globex") == []
    host = hosts.vouching_for("northwind-bank", "https://www.example")
    assert host is not None
    assert host.vouching is not None
    assert host.vouching.username_of("C-1") == "alice"
    assert host.vouching.username_of("alice") is None
    assert hosts.vouching_for("globex", "https://www.example") is None


STRONG: dict[str, Key] = {
    "Ed25519": OKPKey.generate_key("Ed25519"),
    "ES256": ECKey.generate_key("P-256"),
    "PS256": RSAKey.generate_key(2_048),
    "RS256": RSAKey.generate_key(2_048),
}


def test_each_key_is_kept_for_its_own_algorithm(tmp_path: Path) -> None:
    """An RSA key of the least length will do."""
    keys = [
        {**key.as_dict(private=False), "kid": f"k-{alg}", "alg": alg} for alg, key in STRONG.items()
    ]
    hosts = load_hosts(kept(tmp_path, form(**_keys(*keys))))
    host = hosts.vouching_for("northwind-bank", "https://www.example")
    assert host is not None
    assert host.vouching is not None
    assert [(key.kid, key.algorithm, key.key.thumbprint()) for key in host.vouching.keys] == [
        (f"k-{alg}", alg, key.thumbprint()) for alg, key in STRONG.items()
    ]
    assert hosts.thumbprints() == {key.thumbprint() for key in STRONG.values()}


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (form(origins=["https://www.example", "*"]), r"origins\.1"),
        (form(vouching={"issuer": "x"}), r"vouching\.issuer"),
        ([], "its top"),
    ],
)
def test_a_wrong_file_is_told_by_the_place_of_what_is_wrong(
    tmp_path: Path, said: Any, where: str
) -> None:
    with pytest.raises(ValueError, match=rf"^north\.yml is no host: .+ at {where}$"):
        load_hosts(kept(tmp_path, said))


def test_a_host_may_know_people_by_our_user_names(tmp_path: Path) -> None:
    hosts = load_hosts(kept(tmp_path, form(vouching={"people": "usernames"})))
    host = hosts.vouching_for("northwind-bank", "https://www.example")
    assert host is not None
    assert host.vouching is not None
    assert host.vouching.username_of("alice") == "alice"


def test_a_host_that_does_not_vouch_is_one_all_the_same(tmp_path: Path) -> None:
    said = {name: value for name, value in form().items() if name != "vouching"}
    hosts = load_hosts(kept(tmp_path, said))
    assert hosts.origins_of("northwind-bank")
    assert hosts.vouching_for("northwind-bank", None) is None


def _keys(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"vouching": {"jwks": {"keys": list(keys)}}}


WRONG: dict[str, Callable[[], dict[str, Any]]] = {
    "a site without TLS": lambda: {"origins": ["http://www.example"]},
    "every site": lambda: {"origins": ["*"]},
    "every site of a name": lambda: {"origins": ["https://*.example"]},
    "an origin with a path": lambda: {"origins": ["https://www.example/"]},
    "a policy instead of an origin": lambda: {"origins": ["https://a.example; script-src *"]},
    "two origins in one": lambda: {"origins": ["https://a.example https://b.example"]},
    "no origin": lambda: {"origins": []},
    "another name than its file": lambda: {"host_id": "south"},
    "what nobody knows": lambda: {"redirect": "https://www.example"},
    "an address to fetch keys from": lambda: {"vouching": {"jwks_uri": "https://www.example/jwks"}},
    "an issuer without TLS": lambda: {"vouching": {"issuer": "http://www.example"}},
    "no key": _keys,
    "a key of no name": lambda: _keys({**PUBLIC, "kid": None}),
    "a key for any algorithm": lambda: _keys({k: v for k, v in PUBLIC.items() if k != "alg"}),
    "a key for none": lambda: _keys({**PUBLIC, "alg": "none"}),
    "a key for another algorithm": lambda: _keys({**PUBLIC, "alg": "ES256"}),
    "two keys of one name": lambda: _keys(PUBLIC, PUBLIC),
    "a shared secret": lambda: _keys(
        {**OctKey.generate_key(256).as_dict(), "kid": "k1", "alg": "HS256"}
    ),
    "a private key": lambda: _keys(
        {**OKPKey.generate_key("Ed25519").as_dict(private=True), "kid": "k", "alg": "Ed25519"}
    ),
    "another curve": lambda: _keys(
        {**ECKey.generate_key("P-384").as_dict(private=False), "kid": "k", "alg": "ES256"}
    ),
    "a short RSA key": lambda: _keys(
        {**RSAKey.generate_key(1024).as_dict(private=False), "kid": "k", "alg": "RS256"}
    ),
}


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_a_file_that_says_something_else_is_refused(
    tmp_path: Path, changed: Callable[[], dict[str, Any]]
) -> None:
    """ASVS 9.1.2-3, 13.2.6: security does not start with it; nothing is fetched from anybody."""
    with pytest.raises(ValueError, match=r"^north\.yml is "):
        load_hosts(kept(tmp_path, form(**changed())))


def test_two_hosts_of_one_issuer_are_refused(tmp_path: Path) -> None:
    kept(tmp_path, form())
    (tmp_path / "other.yml").write_text(yaml.safe_dump(form(host_id="other")))
    with pytest.raises(ValueError, match="same issuer"):
        load_hosts(tmp_path)


def settings_of(home: Path, mode: str) -> SecuritySettings:
    return SecuritySettings(
        home=home, run_dir=home, project_dir=PROJECT, mode=mode, port=9443, recovery_wait_minutes=60
    )


def test_the_demos_own_host_is_there_in_demo_mode_alone(tmp_path: Path) -> None:
    """ASVS 13.4.2."""
    demo = read_hosts(settings_of(tmp_path, "demo"))
    assert demo.origins_of("northwind-bank") == ["https://northwind.localhost:9443"]
    assert read_hosts(settings_of(tmp_path, "production")).origins_of("northwind-bank") == []


def test_production_refuses_the_demos_key(tmp_path: Path) -> None:
    """ASVS 13.3.1: under whatever name, its private half is in the repository."""
    demo = yaml.safe_load((PROJECT / "demo" / "hosts" / "northwind.yml").read_text())
    key = {**demo["vouching"]["jwks"]["keys"][0], "kid": "quite-another-name"}
    kept(tmp_path / "keys" / "hosts", form(**_keys(key)))
    assert read_hosts(settings_of(tmp_path, "demo"))
    with pytest.raises(ValueError, match="key of the demo"):
        read_hosts(settings_of(tmp_path, "production"))
