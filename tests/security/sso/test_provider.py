"""Files of providers: read with clear errors; secrets for their owner alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from security.adapters.provider_files import load_providers
from security.provider_parts import build_providers
from security.settings import SecuritySettings
from security.sso.provider import Provider, provider_of
from tests.security.idp import GLOBEX, SECRET


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one provider."""
    (tmp_path / "globex.yml").write_text(GLOBEX)
    secret = tmp_path / "globex.secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    return tmp_path


def test_a_provider_is_read_with_its_secret(folder: Path) -> None:
    [found] = load_providers(folder)
    assert (found.provider.id, found.provider.tenant, found.credential) == (
        "globex",
        "globex",
        SECRET,
    )
    assert SECRET not in repr(found)


def test_a_secret_that_others_may_read_is_refused(folder: Path) -> None:
    """ASVS 13.3.1."""
    (folder / "globex.secret").chmod(0o640)
    with pytest.raises(PermissionError, match="chmod 600"):
        load_providers(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GLOBEX + "more: 1\n", "more"),
        (GLOBEX.replace("https:", "http:"), "issuer"),
        (GLOBEX + "roles: { table: { Staff: emperor } }\n", "no role emperor"),
        (GLOBEX.replace("login.globex.example", "login.globex.example/?a=b"), "query"),
        (GLOBEX.replace("tenant: globex", "tenant: acme-shop"), "acme-shop"),
        (": : :", "no YAML"),
        ("", "its top"),
    ],
)
def test_what_is_no_provider_says_so_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as wrong:
        provider_of(text, "globex")
    assert "\n" not in str(wrong.value)


def test_two_providers_of_one_issuer_are_refused(folder: Path) -> None:
    (folder / "globex-two.yml").write_text(GLOBEX)
    (folder / "globex-two.secret").write_text(SECRET)
    (folder / "globex-two.secret").chmod(0o600)
    with pytest.raises(ValueError, match="same issuer"):
        load_providers(folder)


def test_production_takes_no_provider_of_the_demo(folder: Path, tmp_path: Path) -> None:
    """Production refuses what the demo trusts: a provider on this machine."""
    home = tmp_path / "home"
    (home / "providers").mkdir(parents=True)
    for name in ("globex.yml", "globex.secret"):
        (folder / name).rename(home / "providers" / name)
    file = home / "providers" / "globex.yml"
    file.write_text(GLOBEX.replace("login.globex.example", "localhost:8443/demo/provider"))
    told = SecuritySettings(home=home, run_dir=home, mode="production")
    with pytest.raises(ValueError, match="of the demo"):
        build_providers(told, {"gateway-to-security": "c" * 43})
    file.write_text(GLOBEX)
    there = build_providers(told, {"gateway-to-security": "c" * 43})
    assert [one.id for one in there.of("globex")] == ["globex"]


FULL = """
tenant: globex
name: Globex
issuer: https://login.globex.example:8443/t
client_id: gatehouse
client_auth: private_key_jwt
scopes: [groups]
hosts: [keys.globex.example]
two_factors: { acr: [urn:mfa], amr: [mfa, hwk] }
roles: { claim: memberOf, table: { Staff: employee, People: hr_admin } }
userinfo: true
create_people: true
"""


def test_everything_that_a_file_says_is_kept() -> None:
    assert provider_of(FULL, "globex-two") == Provider(
        id="globex-two",
        tenant="globex",
        name="Globex",
        issuer="https://login.globex.example:8443/t",
        client_id="gatehouse",
        client_auth="private_key_jwt",
        scopes=("groups",),
        hosts=("keys.globex.example",),
        acr=("urn:mfa",),
        amr=frozenset({"mfa", "hwk"}),
        role_claim="memberOf",
        role_table={"Staff": "employee", "People": "hr_admin"},
        userinfo=True,
        create_people=True,
    )


def test_what_a_file_does_not_say_is_nothing() -> None:
    bare = GLOBEX.replace("two_factors: { acr: [urn:globex:mfa], amr: [mfa] }", "")
    found = provider_of(bare, "globex")
    assert found == Provider(
        "globex",
        "globex",
        "Globex",
        "https://login.globex.example",
        "gatehouse",
        "client_secret_basic",
    )
    assert not found.gives_two_factors()
    assert found.roles_of({"groups": ["Staff"]}) is None
    assert found.role_claim == "groups"


def test_the_hosts_that_may_be_asked_are_its_own_and_those_it_names() -> None:
    assert provider_of(FULL, "globex").asked_hosts == (
        "login.globex.example:8443",
        "keys.globex.example",
    )


@pytest.mark.parametrize(
    ("acr", "amr", "worth"),
    [
        ("urn:mfa", None, "aal2"),
        ("urn:mfa", ["pwd"], "aal2"),
        (None, ["pwd", "mfa"], "aal2"),
        (None, ["hwk"], "aal2"),
        (None, ["pwd"], "aal1"),
        (None, [], "aal1"),
        (None, None, "aal1"),
        ("urn:MFA", ["MFA"], "aal1"),
        (["urn:mfa"], "mfa", "aal1"),
        (7, [7, None, ["mfa"], {"mfa": 1}], "aal1"),
        ("", [""], "aal1"),
    ],
)
def test_attack_a_sign_in_is_worth_two_factors_only_where_it_says_so(
    acr: object, amr: object, worth: str
) -> None:
    """ASVS 6.8.4: what is not said, or said in another form, counts as one."""
    provider = provider_of(FULL, "globex")
    assert provider.assurance_of(acr, amr) == worth
    assert provider.gives_two_factors()
    assert replace(provider, acr=()).gives_two_factors()
    assert replace(provider, amr=frozenset()).gives_two_factors()


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["Staff"], ["employee"]),
        (["People", "Staff", "Staff"], ["employee", "hr_admin"]),
        ("Staff", ["employee"]),
        ([], []),
        (None, []),
        (["staff", "Staff ", "", 7, None, ["Staff"]], []),
        ({"Staff": 1}, []),
        (["x"] * 999 + ["Staff"], ["employee"]),
        (["x"] * 1_000 + ["Staff"], []),
    ],
)
def test_groups_stand_for_the_roles_of_the_table_alone(groups: object, roles: list[str]) -> None:
    """ASVS 8.2.1: of a thousand at most; anything odd is no role, and no failure."""
    provider = provider_of(FULL, "globex")
    assert provider.roles_of({"memberOf": groups, "groups": ["People"]}) == roles


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.globex.example/?a=b",
        "https://login.globex.example/#a",
        "https://user@login.globex.example",
        "https://:secret@login.globex.example",
    ],
)
def test_an_issuer_has_nothing_that_is_not_looked_at(issuer: str) -> None:
    text = GLOBEX.replace("https://login.globex.example", f'"{issuer}"')
    with pytest.raises(ValueError, match="neither query, fragment nor user"):
        provider_of(text, "globex")


@pytest.mark.parametrize(
    ("id", "fits"),
    [
        ("globex", True),
        ("globex-", True),
        ("globex-two", True),
        ("globextwo", False),
        ("two-globex", False),
    ],
)
def test_a_file_is_called_like_its_tenant(id: str, fits: bool) -> None:
    if fits:
        assert provider_of(GLOBEX, id).id == id
    else:
        with pytest.raises(ValueError, match=rf"^{id}\.yml is of the tenant globex"):
            provider_of(GLOBEX, id)


WORDS = {
    "more: 1": r"^globex\.yml is no provider: .* at more$",
    "hosts: [a, 7]": r"^globex\.yml is no provider: .* at hosts\.1$",
    "roles: { table: { A: zeta, B: alpha } }": r"^globex\.yml: there is no role alpha, zeta$",
}


@pytest.mark.parametrize(("more", "told"), WORDS.items())
def test_a_mistake_is_told_by_its_place(more: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        provider_of(f"{GLOBEX}{more}\n", "globex")
