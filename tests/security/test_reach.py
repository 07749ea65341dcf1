"""Where a URL that somebody gave us may lead."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.reach import AllowedHosts, Reach, allowed_hosts, may_ask, meant_by

PUSH = allowed_hosts("PUSH", ["push.example", "*.notify.example", "idp.example:8443"])

ALLOWED = [
    "https://push.example/send/abc",
    "https://PUSH.example/send/abc?x=1",
    "https://push.example:443/",
    "https://db5.notify.example/w/?token=a%2Fb",
    "https://a.b.notify.example/",
    "https://idp.example:8443/.well-known/openid-configuration",
]

REFUSED = [
    "http://push.example/",
    "https://push.example:8443/",
    "https://idp.example/",
    "https://notify.example/",
    "https://evilnotify.example/",
    "https://push.example.evil.example/",
    "https://evil.example/push.example",
    "https://push.example@evil.example/",
    "https://user:secret@push.example/",
    "https://@push.example/",
    "https://push.example:/",
    "https://push.example:0/",
    "https://push.example./",
    "https://push.example\\@evil.example/",
    "https://evil.example\\.push.example/",
    "https://push.example/\\evil.example/",
    "https://push.example/a\\..\\b",
    "https://push.example/?x=\\",
    "https://push.example/#fragment",
    "https://push.example/a b",
    "https://push.exämple/",
    "https://push.example/\r\nX: y",
    "https:push.example/",
    "https:///push.example",
    "//push.example/",
    "ftp://push.example/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "https://93.184.216.34/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1%25eth0]/",
    "https://push.example:port/",
    "https://[::1/",
    f"https://push.example/{'a' * 2_048}",
    "",
]


@pytest.mark.parametrize("url", ALLOWED)
def test_a_host_of_the_list_is_asked(url: str) -> None:
    assert may_ask(url, PUSH, Reach())


@pytest.mark.parametrize("url", REFUSED)
def test_attack_a_url_that_leads_elsewhere_is_not_asked(url: str) -> None:
    """★ Client-supplied and configured URLs: https, allow-list, public addresses alone."""
    assert not may_ask(url, PUSH, Reach())


LOCAL = [
    "http://localhost:9000/push",
    "https://127.0.0.1:9000/push",
    "https://[::1]:9000/push",
    "https://[::ffff:127.0.0.1]/",
]


@pytest.mark.parametrize("url", LOCAL)
def test_this_machine_is_asked_only_where_a_setting_says_so(url: str) -> None:
    assert may_ask(url, PUSH, Reach(loopback=True))
    assert not may_ask(url, PUSH, Reach())


def test_a_setting_for_this_machine_opens_nothing_else() -> None:
    for url in ("https://10.0.0.1/", "http://push.example/", "https://localhost.evil.example/"):
        assert not may_ask(url, PUSH, Reach(loopback=True))


def test_nothing_is_allowed_where_nothing_is_named() -> None:
    assert not may_ask("https://push.example/", AllowedHosts(), Reach())


@pytest.mark.parametrize(
    "entry",
    ["*", "*.com", "*.*.example", "https://push.example", "push.example/", "push.example:",
     "push.example:70000", "push.example:x", "10.0.0.1", "a b", "-a.example", "pu*sh.example"],
)  # fmt: skip
def test_a_list_that_says_anything_else_than_hosts_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"^GATEHOUSE_X is not right"):
        allowed_hosts("GATEHOUSE_X", ["push.example", entry])


@given(st.text(max_size=60), st.text(max_size=30))
def test_whatever_is_written_before_and_after_a_foreign_host_it_is_not_asked(
    before: str, after: str
) -> None:
    """★ No user, port or path makes a foreign host one of the list."""
    assert not may_ask(f"https://{before}evil.test{after}", PUSH, Reach()) or (
        # Only a path can hold it: then the host before the first slash is of the list.
        AllowedHosts(PUSH.entries).permits(before.lower().split("/")[0].split("?")[0], 443)
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["push.example"], {"push.example"}),
        ([" Push.Example "], {"push.example"}),
        (["push.example:1", "push.example:65535"], {"push.example:1", "push.example:65535"}),
        (["*.push.example"], {"*.push.example"}),
        (["*.push.example:8443"], {"*.push.example:8443"}),
        (["localhost"], {"localhost"}),
        (["", " "], set()),
    ],
)
def test_a_list_of_hosts_is_read_as_it_is_written(given: list[str], kept: set[str]) -> None:
    assert allowed_hosts("X", given) == AllowedHosts(frozenset(kept))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "\u0663", "8443:1", "", " 1"])
def test_a_list_names_ports_that_there_are(port: str) -> None:
    with pytest.raises(ValueError, match="X is not right"):
        allowed_hosts("X", [f"push.example:{port}"])


@pytest.mark.parametrize(
    ("carrier", "meant"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1"),  # Mapped.
        ("64:ff9b::7f00:1", "127.0.0.1"),  # NAT64.
        ("2002:a00:1::", "10.0.0.1"),  # 6to4.
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", "10.0.0.1"),  # Teredo: of the client.
        ("2a00:1450::1", "2a00:1450::1"),
        ("93.184.215.14", "93.184.215.14"),
    ],
)
def test_attack_an_inside_address_within_one_of_outside(carrier: str, meant: str) -> None:
    """SSRF (CWE-918): what IPv6 carries of IPv4 is what is judged."""
    assert meant_by(ip_address(carrier)) == ip_address(meant)
    assert Reach().permits(ip_address(carrier)) is ip_address(meant).is_global


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2a00:1450::1", True),
        ("224.0.1.1", False),  # Multicast, though it may leave the house.
        ("ff0e::1", False),
        ("240.0.0.1", False),  # Reserved.
        ("4000::1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("fd00::1", False),
    ],
)
def test_attack_addresses_that_are_nobodys(address: str, public: bool) -> None:
    """SSRF (CWE-918): what is global, and one machine's, and nothing else."""
    assert Reach().permits(ip_address(address)) is public


def test_a_network_that_is_named_is_of_its_own_version() -> None:
    private = Reach((ip_network("10.20.0.0/16"), ip_network("fd12::/16")))
    for address in ("10.20.0.0", "10.20.255.255", "fd12::1", "::ffff:10.20.0.1"):
        assert private.permits(ip_address(address))
    for address in ("10.19.255.255", "10.21.0.0", "fd13::1", "::10.20.0.1"):
        assert not private.permits(ip_address(address))


def test_this_machine_is_no_network_that_could_be_named() -> None:
    everywhere = Reach((ip_network("0.0.0.0/0"), ip_network("::/0")))
    assert not everywhere.permits(ip_address("127.0.0.1"))
    assert not everywhere.permits(ip_address("::1"))
    assert Reach(loopback=True).permits(ip_address("127.0.0.1"))
    assert not Reach(loopback=True).permits(ip_address("10.0.0.1"))


@pytest.mark.parametrize(("length", "asked"), [(2_047, True), (2_048, True), (2_049, False)])
def test_a_url_has_an_end(length: int, asked: bool) -> None:
    assert may_ask("https://push.example/".ljust(length, "a"), PUSH, Reach()) is asked


@pytest.mark.parametrize(
    ("host", "port", "asked"),
    [
        ("push.example", 443, True),
        ("push.example", 442, False),
        ("push.example", 444, False),
        ("idp.example", 8443, True),
        ("idp.example", 443, False),
        ("a.notify.example", 443, True),
        ("a.b.notify.example", 443, True),
        ("a.notify.example", 8443, False),
        ("notify.example", 443, False),
        ("a.push.example", 443, False),
    ],
)
def test_a_host_is_asked_at_its_port(host: str, port: int, asked: bool) -> None:
    assert PUSH.permits(host, port) is asked


def test_a_port_can_be_said_where_it_is_the_usual_one() -> None:
    assert may_ask("https://push.example/", allowed_hosts("X", ["push.example:443"]), Reach())
    star = allowed_hosts("X", ["*.push.example:8443"])
    assert may_ask("https://a.push.example:8443/", star, Reach())
    assert not may_ask("https://a.push.example/", star, Reach())


@pytest.mark.parametrize("url", ["ftp://localhost/", "http://localhost\\x/", "http://localhost:0/"])
def test_this_machine_as_well_is_asked_by_a_plain_url(url: str) -> None:
    assert not may_ask(url, PUSH, Reach(loopback=True))
