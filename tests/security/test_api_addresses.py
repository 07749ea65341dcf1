"""Where a configured URL may lead: to a public `https` address, and what is allowed by name."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from security.api_addresses import ApiAddress, api_addresses
from security.reach import Reach

RUN = Path("/run/gatehouse")
URL = "GATEHOUSE_API_BANKING_URL"
LOOPBACK = {"GATEHOUSE_API_DEVELOPMENT_LOOPBACK": "true"}
NETWORKS = "GATEHOUSE_API_PRIVATE_NETWORKS"


def banking(mode: str = "production", **environ: str) -> ApiAddress:
    return api_addresses(["banking", "orders"], RUN, mode, environ)["banking"]


def test_without_a_setting_an_api_is_our_own() -> None:
    own = banking()
    assert (own.base, own.socket) == ("http://banking", RUN / "banking" / "sock")


ALLOWED = {
    "https://core.bank.example": "https://core.bank.example",
    "https://core.bank.example/": "https://core.bank.example",
    "https://core.bank.example:8443/v2/accounts/": "https://core.bank.example:8443/v2/accounts",
    "HTTPS://Core.Bank.Example": "https://core.bank.example",
    "https://93.184.216.34": "https://93.184.216.34",
    "https://[2606:2800:220:1:248:1893:25c8:1946]:444": (
        "https://[2606:2800:220:1:248:1893:25c8:1946]:444"
    ),
}


@pytest.mark.parametrize(("url", "base"), ALLOWED.items())
def test_a_real_api_stands_where_a_mock_stood(url: str, base: str) -> None:
    found = banking(**{URL: url})
    assert (found.base, found.socket) == (base, None)


REFUSED = [
    "http://core.bank.example",
    "https://",
    "https:///v1",
    "core.bank.example",
    "//core.bank.example",
    "ftp://core.bank.example",
    "file:///etc/passwd",
    "https://user:secret@core.bank.example",
    "https://core.bank.example@evil.example",
    "https://core.bank.example?x=1",
    "https://core.bank.example#x",
    "https://core.bank.example/../admin",
    "https://core.bank.example/a/./b",
    "https://core.bank.example//a",
    "https://core.bank.example/%2e%2e",
    "https://core.bank.example:port",
    "https://core.bank.example:99999",
    "https://core bank.example",
    "https://core.bank.example\\@evil.example",
    "https://core.bank.example\n",
    " https://core.bank.example",
    "https://bänk.example",
    "https://127.0.0.1",
    "https://localhost",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://10.0.0.5",
    "https://192.168.1.1",
    "https://169.254.169.254",
    "https://[fe80::1]",
    "https://[fd00::1]",
    "https://[::ffff:10.0.0.5]",
    "https://[64:ff9b::a00:5]",
    "https://[2002:a00:5::1]",
    "https://0.0.0.0",
    "https://224.0.0.1",
    "https://255.255.255.255",
    "https://100.64.0.1",
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_may_lead_elsewhere_is_refused(url: str) -> None:
    """Requirements, "configured URLs": https, public, no credentials, one way to be read."""
    with pytest.raises(ValueError, match=URL) as refused:
        banking(**{URL: url})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8099", "http://localhost:8099/v1", "https://[::1]:8099"]
)
def test_this_machine_only_by_a_named_development_setting(url: str) -> None:
    with pytest.raises(ValueError, match="DEVELOPMENT_LOOPBACK"):
        banking("demo", **{URL: url})
    assert banking("demo", **LOOPBACK, **{URL: url}).base == url
    with pytest.raises(ValueError, match="demo mode"):
        banking("production", **LOOPBACK, **{URL: url})


def test_the_development_setting_opens_no_other_http() -> None:
    with pytest.raises(ValueError, match=URL):
        banking("demo", **LOOPBACK, **{URL: "http://core.bank.example"})


def test_private_networks_only_by_name() -> None:
    given = {URL: "https://10.20.0.5", NETWORKS: "10.20.0.0/16, fd12::/16"}
    assert banking(**given).base == "https://10.20.0.5"
    with pytest.raises(ValueError, match=URL):
        banking(**{**given, URL: "https://10.21.0.5"})


@pytest.mark.parametrize(
    "text", ["8.8.8.0/24", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/0", "10.0.0.5/8", "internal"]
)
def test_networks_that_are_not_private_open_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=NETWORKS):
        banking(**{NETWORKS: text})


def test_a_name_that_is_no_api_is_a_mistake() -> None:
    """A slip of the pen would otherwise leave the mock in place."""
    with pytest.raises(ValueError, match="BANKNG_URL names no API"):
        banking(GATEHOUSE_API_BANKNG_URL="https://core.bank.example")


def test_other_settings_of_apis_are_not_addresses() -> None:
    assert banking(GATEHOUSE_API_TIMEOUT_SECONDS="5", GATEHOUSE_API_BANKING_URL="").socket


def test_certificates_are_files_that_belong_together(tmp_path: Path) -> None:
    """RFC 8705: a client certificate is of use with its key alone, which nobody else may read."""
    cert, key = tmp_path / "client.pem", tmp_path / "client.key"
    cert.touch()
    key.touch(mode=0o600)
    url = {URL: "https://core.bank.example"}
    pair = {
        "GATEHOUSE_API_BANKING_CLIENT_CERT_FILE": str(cert),
        "GATEHOUSE_API_BANKING_CLIENT_KEY_FILE": str(key),
    }
    assert banking(**url, **pair).client_key_file == key
    with pytest.raises(ValueError, match="BANKING_URL is missing"):
        banking(**pair)
    for name, file in pair.items():
        with pytest.raises(
            ValueError, match=r"^GATEHOUSE_API_BANKING_CLIENT_CERT_FILE and …_KEY_FILE need"
        ):
            banking(**url, **{name: file})
    with pytest.raises(ValueError, match=r"^GATEHOUSE_API_BANKING_CA_FILE is no file$"):
        banking(**url, GATEHOUSE_API_BANKING_CA_FILE=str(tmp_path / "nowhere"))
    key.chmod(0o640)
    with pytest.raises(ValueError, match="owner only"):
        banking(**url, **pair)


INSIDE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]


@pytest.mark.parametrize("address", INSIDE)
def test_no_name_may_lead_inside(address: str) -> None:
    """SSRF: whatever a name resolves to is looked at when a connection is opened."""
    assert not Reach().permits(ipaddress.ip_address(address))


def test_every_api_has_an_address_and_what_is_our_own_has_none() -> None:
    found = api_addresses(["orders", "account", "banking"], RUN, "demo", {})
    assert list(found) == ["banking", "orders"]
    assert found["orders"] == ApiAddress("orders", "http://orders", RUN / "orders" / "sock")


def test_a_real_api_has_its_files_and_the_others_none(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("CA_FILE", "CLIENT_CERT_FILE", "CLIENT_KEY_FILE")}
    for file in files.values():
        file.touch(mode=0o600)
    given = {f"GATEHOUSE_API_BANKING_{name}": str(file) for name, file in files.items()}
    found = api_addresses(
        ["banking", "orders"], RUN, "demo", {**LOOPBACK, **given, URL: "https://core.bank.example"}
    )
    assert found["banking"] == ApiAddress(
        "banking",
        "https://core.bank.example",
        None,
        Reach(loopback=True),
        files["CA_FILE"],
        files["CLIENT_CERT_FILE"],
        files["CLIENT_KEY_FILE"],
    )
    assert found["orders"].socket == RUN / "orders" / "sock"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o601, 0o620, 0o610])
def test_attack_a_client_key_that_others_may_use(tmp_path: Path, mode: int) -> None:
    """ASVS 13.3.1: whoever reads it is this installation to the API."""
    cert, key = tmp_path / "client.pem", tmp_path / "client.key"
    cert.touch()
    key.touch()
    key.chmod(mode)
    pair = {
        "GATEHOUSE_API_BANKING_CLIENT_CERT_FILE": str(cert),
        "GATEHOUSE_API_BANKING_CLIENT_KEY_FILE": str(key),
    }
    with pytest.raises(ValueError, match="BANKING_CLIENT_KEY_FILE may be readable for its owner"):
        banking(**{URL: "https://core.bank.example"}, **pair)


@pytest.mark.parametrize(
    ("said", "opens"),
    [("1", True), ("TRUE", True), ("yes", True), ("0", False), ("False", False), ("no", False)],
)
def test_the_development_setting_is_a_yes_or_a_no(said: str, opens: bool) -> None:
    found = banking("demo", GATEHOUSE_API_DEVELOPMENT_LOOPBACK=said, **{URL: "https://a.example"})
    assert found.reach == Reach(loopback=opens)


@pytest.mark.parametrize("said", ["maybe", "2", "on", " true"])
def test_a_setting_that_is_neither_is_a_mistake(said: str) -> None:
    with pytest.raises(ValueError, match="DEVELOPMENT_LOOPBACK is not right"):
        banking("demo", GATEHOUSE_API_DEVELOPMENT_LOOPBACK=said)


def test_networks_are_read_as_they_are_written() -> None:
    found = banking(**{NETWORKS: " 10.20.0.0/16,,fd12::/16 ", URL: "https://a.example"})
    assert found.reach == Reach(
        (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd12::/16"))
    )


WRONG = {
    "https://[::1": "is not right: no URL",
    "https://core.bank.example:99999": "is not right: no URL",
    "https://127.0.0.1": "may lead to this machine only with GATEHOUSE_API_DEVELOPMENT_LOOPBACK",
    "http://core.bank.example": r"is not right: https://host\[:port\]\[/path\]",
    "https://10.0.0.5": "leads to an address that is not public",
    "https://core.bank.example/a/../b": r"is not right: https://host\[:port\]\[/path\]",
}


@pytest.mark.parametrize(("url", "told"), WRONG.items())
def test_a_mistake_is_told_by_what_is_wrong(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{URL} {told}$"):
        banking(**{URL: url})


@pytest.mark.parametrize("path", ["/.well-known", "/a..b", "/...", "/v1.0/~x/_y-", "/v1X"])
def test_a_path_with_dots_that_walks_nowhere_stays(path: str) -> None:
    assert banking(**{URL: f"https://core.bank.example{path}"}).base.endswith(path)


@pytest.mark.parametrize("name", ["GATEHOUSE_API_BANKING_URLS", "X_GATEHOUSE_API_NO_URL"])
def test_a_name_that_only_looks_like_one_is_not_read(name: str) -> None:
    assert banking(**{name: "https://core.bank.example"}).socket is not None


def test_the_names_that_there_are_are_told_in_order() -> None:
    with pytest.raises(ValueError, match=r"there are banking, orders$"):
        banking(GATEHOUSE_API_ACCOUNT_URL="https://core.bank.example")
