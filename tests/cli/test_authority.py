"""The private authority of arrows between hosts, its renewal, and what is carried to a host."""

from __future__ import annotations

import datetime as dt
import os
import stat

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from typer.testing import CliRunner

from cli import authority, bundles
from cli.arrows import crossings
from cli.certificates import write
from cli.checks import arrows
from cli.main import application
from cli.problems import Problem
from cli.settings import Settings

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def ca(tmp_path):
    authority.make(tmp_path / "ca", NOW)
    return tmp_path / "ca"


def leaf_of(issued):
    return x509.load_pem_x509_certificate(issued.identity.encode())


def test_what_a_certificate_says(ca):
    leaf = leaf_of(authority.issue(ca, "security", ["core.example", "10.0.0.2"], NOW))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [
        "spiffe://gatehouse/security"
    ]
    assert names.get_values_for_type(x509.DNSName) == ["core.example"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.2"]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.not_valid_after_utc - NOW <= dt.timedelta(days=30)


def test_another_implementation_verifies_it(ca):
    """RFC 5280, as webpki reads it: chain, purposes, and the name of the host."""
    issued = authority.issue(ca, "security", ["core.example"], NOW)
    store = Store(x509.load_pem_x509_certificates(issued.authorities.encode()))
    builder = PolicyBuilder().store(store).time(NOW)
    builder.build_server_verifier(x509.DNSName("core.example")).verify(leaf_of(issued), [])
    builder.build_client_verifier().verify(leaf_of(issued), [])
    for name, at in (("other.example", NOW), ("core.example", NOW + dt.timedelta(days=31))):
        late = PolicyBuilder().store(store).time(at)
        with pytest.raises(VerificationError):
            late.build_server_verifier(x509.DNSName(name)).verify(leaf_of(issued), [])


def test_keys_are_their_owner_s_alone(ca):
    assert stat.S_IMODE((ca / "authority.key").stat().st_mode) == 0o600


def test_an_authority_is_not_made_over_another(ca):
    with pytest.raises(Problem, match="holds an authority already"):
        authority.make(ca, NOW)


def test_without_an_authority_nothing_is_issued(tmp_path):
    with pytest.raises(Problem, match="there is no authority"):
        authority.issue(tmp_path, "gateway", ["a.example"], NOW)


def test_no_certificate_outlives_its_authority(ca):
    last = NOW + authority.LIFE - dt.timedelta(days=30)
    authority.issue(ca, "gateway", ["a.example"], last)
    with pytest.raises(Problem, match="ends before"):
        authority.issue(ca, "gateway", ["a.example"], last + dt.timedelta(seconds=1))


@pytest.mark.parametrize("host", ["*.example", "*", "ä.example"])
def test_attack_no_certificate_for_more_than_a_host(ca, host):
    with pytest.raises(Problem, match="no name of a host"):
        authority.issue(ca, "gateway", [host], NOW)


def test_the_steps_of_a_renewal(ca):
    first = (ca / "authority.pem").read_text()
    authority.begin(ca, NOW)
    second = (ca / "next.pem").read_text()
    both = authority.issue(ca, "gateway", ["a.example"], NOW)
    assert first in both.authorities
    assert second in both.authorities
    assert leaf_of(both).issuer == x509.load_pem_x509_certificate(first.encode()).subject
    authority.switch(ca)
    after = authority.issue(ca, "gateway", ["a.example"], NOW)
    assert first in after.authorities
    assert leaf_of(after).issuer == x509.load_pem_x509_certificate(second.encode()).subject
    assert sorted(path.name for path in ca.glob("*.key")) == ["authority.key"]
    authority.finish(ca)
    assert authority.issue(ca, "gateway", ["a.example"], NOW).authorities == second


def test_steps_out_of_order_are_refused(ca):
    for step in (lambda: authority.switch(ca), lambda: authority.finish(ca)):
        with pytest.raises(Problem):
            step()
    authority.begin(ca, NOW)
    with pytest.raises(Problem, match="under way"):
        authority.begin(ca, NOW)
    with pytest.raises(Problem, match="switch first"):
        authority.finish(ca)


def test_a_switch_that_was_cut_off_goes_on(ca):
    authority.begin(ca, NOW)
    second = (ca / "next.pem").read_text()
    (ca / "next.key").replace(ca / "authority.key")
    with pytest.raises(Problem, match="not whole"):
        authority.issue(ca, "gateway", ["a.example"], NOW)
    authority.switch(ca)
    assert second in authority.issue(ca, "gateway", ["a.example"], NOW).authorities


def bundle(ca, process="gateway", now=NOW):
    issued = authority.issue(ca, process, ["localhost"], now)
    file = ca / f"{process}.bundle"
    write(file, bundles.pack(ca, process, issued))
    return bundles.unpack(file)


def test_both_ends_of_an_arrow_get_the_same_credential_and_no_other(ca):
    """ASVS 13.2.1: a process is given the credentials of its own arrows."""
    gateway, security, actions = (bundle(ca, one) for one in ("gateway", "security", "actions"))
    assert set(gateway.credentials) == {"gateway-to-security", "gateway-to-rasa"}
    assert set(actions.credentials) == {"actions-to-security", "rasa-to-actions"}
    name = "gateway-to-security"
    assert gateway.credentials[name] == security.credentials[name]
    assert len(gateway.credentials[name]) == 43
    assert gateway.credentials[name] not in repr(gateway)
    assert "PRIVATE" not in repr(gateway)


def front(home):
    return Settings(
        _env_file=None,
        home=home,
        only="gateway",
        gateway_to_security_url="https://10.0.0.2:9441",
        gateway_to_rasa_url="https://10.0.0.2:9442",
    )


def test_what_is_installed_is_found(ca, tmp_path):
    told = front(tmp_path / "home")
    crossing = crossings(told)
    with pytest.raises(Problem, match="gateway has no certificate"):
        arrows(told)
    packed = bundle(ca)
    bundles.install(packed, told.home_folder, NOW)
    assert bundles.credentials(told.home_folder, crossing) == packed.credentials
    assert "2 to other hosts, certificates good until" in arrows(told)
    folder = told.home_folder / "arrows" / "gateway"
    assert sorted(path.name for path in folder.iterdir()) == ["authorities.pem", "identity.pem"]
    for path in (*folder.iterdir(), *told.home_folder.glob("arrows/*.json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_ageing_certificate_is_told_of_and_a_dead_one_refused(ca, tmp_path):
    told = front(tmp_path / "home")
    old = NOW - dt.timedelta(days=29)
    bundles.install(bundle(ca, now=old), told.home_folder, old)
    assert arrows(told).endswith("renew them")
    dead = NOW - dt.timedelta(days=30, seconds=1)
    bundles.install(bundle(ca, now=dead), told.home_folder, dead)
    with pytest.raises(Problem, match="not valid now"):
        arrows(told)


def test_attack_the_certificate_of_another_process_is_not_taken(ca, tmp_path):
    posing = bundle(ca, "rasa").model_copy(update={"process": "gateway"})
    with pytest.raises(Problem, match="not gateway's"):
        bundles.install(posing, tmp_path, NOW)


@pytest.mark.parametrize("damage", ["key", "authorities", "no authority", "no key"])
def test_attack_a_file_that_is_not_whole_leaves_what_is_there(ca, tmp_path, damage):
    """ASVS 13.2.1: torn in the middle of a renewal, or put together of two by somebody."""
    good, other = bundle(ca), bundle(ca)
    authority.make(tmp_path / "theirs", NOW)
    certificate = good.identity[good.identity.index("-----BEGIN CERTIFICATE") :]
    key = other.identity[: other.identity.index("-----BEGIN CERTIFICATE")]
    torn = good.model_copy(
        update={
            "key": {"identity": key + certificate},
            "authorities": {"authorities": (tmp_path / "theirs" / "authority.pem").read_text()},
            "no authority": {"authorities": ""},
            "no key": {"identity": certificate},
        }[damage]
    )
    bundles.install(good, tmp_path, NOW)
    before = {path: path.read_bytes() for path in tmp_path.glob("arrows/**/*.*")}
    with pytest.raises(Problem, match="the file of gateway is damaged"):
        bundles.install(torn, tmp_path, NOW)
    assert {path: path.read_bytes() for path in tmp_path.glob("arrows/**/*.*")} == before


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"process": "gateway"}'])
def test_a_file_of_anything_else_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Problem, match="no file of"):
        bundles.unpack(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_renews_stays_the_relay_s(ca, tmp_path):
    bundles.install(bundle(ca), tmp_path, NOW)
    folder = tmp_path / "arrows" / "gateway"
    os.chown(folder, 61_040, 61_040)
    bundles.install(bundle(ca), tmp_path, NOW)
    assert {path.stat().st_uid for path in folder.iterdir()} == {61_040}


def test_the_commands(tmp_path, monkeypatch):
    run, ca = CliRunner(), str(tmp_path / "ca")
    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path / "home"))
    asked = (
        ("ca", ca),
        ("issue", ca, "security", "--host", "core.example", "--host", "10.0.0.2"),
        ("install", f"{ca}/security.bundle"),
        ("show",),
        ("renew-ca", ca, "begin"),
    )
    said = ""
    for words in asked:
        done = run.invoke(application(), ["certificates", *words])
        assert done.exit_code == 0, done.output
        said += done.output
    assert "security: until" in said
    assert "keep it off the hosts" in said
    for words in (("issue", ca, "mainframe", "--host", "a"), ("renew-ca", ca, "back")):
        assert isinstance(run.invoke(application(), ["certificates", *words]).exception, Problem)
