"""The development certificate: whom it names, who may read it, when it is renewed."""

from __future__ import annotations

import datetime as dt
import stat

import pytest
from cryptography import x509

from cli import certificates

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def tls(tmp_path):
    certificates.make(tmp_path, NOW)
    return tmp_path


def leaf(folder):
    return x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())


def test_it_names_this_machine_alone(tls):
    names = leaf(tls).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "*.localhost"}
    addresses = names.get_values_for_type(x509.IPAddress)
    assert {str(each) for each in addresses} == {"127.0.0.1", "::1"}


def test_the_authoritys_key_is_never_written(tls):
    """Whoever finds the disk cannot make a certificate that the owner's browser trusts."""
    assert {path.name for path in tls.iterdir()} == {"ca.pem", "server.pem", "server.key"}
    written = b"".join(path.read_bytes() for path in tls.iterdir())
    assert written.count(b"PRIVATE KEY-----") == 2
    authority = x509.load_pem_x509_certificate((tls / "ca.pem").read_bytes())
    assert authority.public_key() != leaf(tls).public_key()
    leaf(tls).verify_directly_issued_by(authority)


def test_every_file_is_its_owners_alone(tls):
    assert {stat.S_IMODE(path.stat().st_mode) for path in tls.iterdir()} == {0o600}


def test_it_is_kept_until_thirty_days_before_its_end(tls):
    end = leaf(tls).not_valid_after_utc - dt.timedelta(days=30)
    assert certificates.usable(tls, end - SECOND)
    assert not certificates.usable(tls, end)
    assert not certificates.usable(tls, end + SECOND)


def test_renewal_makes_another_key_and_a_second_start_does_nothing(tls):
    before = (tls / "server.key").read_bytes()
    assert not certificates.ensure(tls, NOW)
    assert certificates.ensure(tls, NOW + dt.timedelta(days=380))
    assert (tls / "server.key").read_bytes() != before


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nnonsense\n"])
def test_a_missing_or_broken_file_means_a_new_one(tls, name, content):
    (tls / name).unlink()
    if content is not None:
        (tls / name).write_bytes(content)
    assert not certificates.usable(tls, NOW)
    assert certificates.ensure(tls, NOW)
    assert certificates.usable(tls, NOW)


def test_a_key_of_another_certificate_is_noticed(tls, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    certificates.make(other, NOW)
    (tls / "server.key").write_bytes((other / "server.key").read_bytes())
    assert not certificates.usable(tls, NOW)
