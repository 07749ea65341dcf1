"""A certificate that was given: what production takes, and what it refuses in one line."""

from __future__ import annotations

import datetime as dt

import pytest
import trustme

from cli import certificates
from cli.given_certificate import check, install
from cli.problems import Problem
from cli.settings import Settings

NOW = dt.datetime.now(dt.UTC)
NAME = "chat.example.com"
DAY = dt.timedelta(days=1)


class Files:
    """A certificate and its key on the disk, and settings that name them."""

    def __init__(self, folder, *names, authority=None, **life):
        issued = (authority or trustme.CA()).issue_cert(*(names or (NAME,)), **life)
        self.chain, self.key = folder / "chain.pem", folder / "own.key"
        self.chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())
        self.key.chmod(0o600)
        self.home = folder / "home"

    def settings(self, mode="production", **more):
        given = {"tls_certificate_file": self.chain, "tls_key_file": self.key, **more}
        url = given.pop("public_url", f"https://{NAME}")
        return Settings(_env_file=None, mode=mode, home=self.home, public_url=url, **given)


def refused(files, match, at=NOW, **settings):
    with pytest.raises(Problem, match=match):
        check(files.settings(**settings), at)


@pytest.mark.parametrize("names", [(NAME,), ("*.example.com",), ("other.example.com", NAME)])
def test_one_of_an_authority_for_this_name_is_taken(tmp_path, names):
    assert check(Files(tmp_path, *names).settings(), NOW).startswith("good until ")


@pytest.mark.parametrize(
    "name", ["example.com", "*.chat.example.com", "xchat.example.com", "*.com"]
)
def test_attack_one_for_another_name_is_refused(tmp_path, name):
    """ASVS 12.2.2: the name is the one that people use."""
    refused(Files(tmp_path, name), "is not for chat.example.com")


def test_one_that_is_over_or_has_not_begun_is_refused(tmp_path):
    files = Files(tmp_path, not_before=NOW - DAY, not_after=NOW + DAY)
    check(files.settings(), NOW)
    second = dt.timedelta(seconds=1)
    refused(files, "is not valid now", at=NOW + DAY + second)
    refused(files, "is not valid now", at=NOW - DAY - second)


def test_a_key_of_another_certificate_is_refused(tmp_path):
    files = Files(tmp_path)
    files.key.write_bytes(trustme.CA().issue_cert(NAME).private_key_pem.bytes())
    refused(files, "no certificate and its key")


def test_a_key_that_others_may_read_is_refused(tmp_path):
    files = Files(tmp_path)
    files.key.chmod(0o640)
    refused(files, "chmod 600")


@pytest.mark.parametrize("name", ["tls_certificate_file", "tls_key_file"])
def test_half_of_it_is_refused(tmp_path, name):
    refused(Files(tmp_path), "belong together", **{name: None})


def test_what_is_no_certificate_is_refused(tmp_path):
    files = Files(tmp_path)
    files.chain.write_text("no certificate")
    refused(files, "no certificate and its key")


def test_production_takes_no_development_certificate(tmp_path):
    """The contract: without a real TLS certificate production refuses."""
    folder = tmp_path / "tls"
    folder.mkdir()
    certificates.make(folder, NOW)
    given = {"tls_certificate_file": folder / "server.pem", "tls_key_file": folder / "server.key"}
    files = Files(tmp_path)
    refused(files, "takes no development certificate", public_url="https://localhost", **given)
    # The demo may: it is for this machine alone.
    assert check(files.settings("demo", public_url="https://localhost", **given), NOW)


def test_the_demo_needs_none(tmp_path):
    none = {"tls_certificate_file": None, "tls_key_file": None}
    assert check(Files(tmp_path).settings("demo", **none), NOW) is None
    refused(Files(tmp_path), "production needs a TLS certificate", **none)


def test_the_gateway_gets_a_copy_for_its_owner_alone(tmp_path):
    files = Files(tmp_path)
    folder = files.home / "tls"
    folder.mkdir(parents=True)
    certificates.make(folder, NOW)
    install(files.settings())
    assert (folder / "server.pem").read_bytes() == files.chain.read_bytes()
    assert (folder / "server.key").read_bytes() == files.key.read_bytes()
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    assert not (folder / "ca.pem").exists()
