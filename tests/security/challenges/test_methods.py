"""Which method counts for what: the contract's table, row by row."""

from __future__ import annotations

import pytest

from security.challenges.methods import (
    PASSWORD_ALONE,
    TABLE,
    amr_of,
    assurance_of,
    for_approval,
    for_change,
    for_sign_in,
    for_step_up,
    leaves_no_approval,
    without_a_name,
)


def test_a_method_reaches_what_the_contract_says() -> None:
    """A passkey aal2; with a password a code app, a push, an SMS code too; a mailed code aal1.

    A provider's word is aal2 where it says that there were two factors.
    """
    reached = {method: worth.assurance for method, worth in TABLE.items()}
    strong, weak = {"passkey", "totp", "push", "sms", "sso"}, {"email", "recovery"}
    assert {method for method, level in reached.items() if level == "aal2"} == strong
    assert {method for method, level in reached.items() if level == "aal1"} == weak
    assert PASSWORD_ALONE == "aal1"
    assert assurance_of("carrier-pigeon") is None


def test_any_factor_completes_a_sign_in_the_strongest_one_first() -> None:
    assert for_sign_in("web") == ["passkey", "totp", "push", "sms", "email", "recovery"]


def test_only_a_strong_factor_steps_up() -> None:
    """ASVS 6.6.1: e-mail never counts for money or health records."""
    assert for_step_up("aal2", "web") == ["passkey", "totp", "push", "sms", "sso"]
    assert for_step_up("aal3", "web") == []


def test_a_code_by_email_steps_up_only_where_it_will_do_and_on_the_page() -> None:
    """The contract: those personal operations of orders and IT whose manifest says so."""
    emailed = ["passkey", "totp", "push", "sms", "email", "sso"]
    assert for_step_up("aal2", "web", by_email=True) == emailed
    assert for_step_up("aal2", "sms", by_email=True) == ["totp"]
    assert "recovery" not in for_step_up("aal2", "web", by_email=True)


@pytest.mark.parametrize(
    ("small", "methods"),
    [(True, ["passkey", "totp", "push", "sms"]), (False, ["passkey", "totp", "push"])],
)
def test_sms_approves_small_amounts_alone(small: bool, methods: list[str]) -> None:
    assert for_approval(small, "web") == methods


def test_attack_changing_factors_with_a_stolen_telephone() -> None:
    """ASVS 6.6.1, 7.5.1: neither SMS nor e-mail approves a change of factors."""
    assert for_change(True, "web") == ["passkey", "totp", "push", "recovery"]


def test_a_recovery_code_enrols_and_does_nothing_else() -> None:
    """The contract: re-enrolment only; it neither sets a password nor removes a factor."""
    assert for_change(False, "web") == ["passkey", "totp", "push"]


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_attack_a_code_over_the_channel_in_use(channel: str) -> None:
    """A code is never delivered to the channel that the person is talking on."""
    offered = [for_sign_in(channel), for_step_up("aal1", channel), for_approval(True, channel)]
    assert all(channel not in methods for methods in offered)
    assert channel in for_sign_in("web")


@pytest.mark.parametrize("channel", ["sms", "email", "embedded"])
def test_a_passkey_and_a_push_are_asked_for_on_the_page_alone(channel: str) -> None:
    offered = [for_sign_in(channel), for_step_up("aal2", channel), for_approval(True, channel)]
    assert all({"passkey", "push"}.isdisjoint(methods) for methods in offered)


def test_only_a_passkey_says_by_itself_who_somebody_is() -> None:
    """The contract: a passkey with user verification is aal2 alone."""
    assert without_a_name() == ["passkey"]


def test_the_word_of_a_provider_approves_nothing_and_completes_no_password() -> None:
    """ASVS 6.8.4: it says who somebody is, not what they have agreed to."""
    offered = [for_sign_in("web"), for_approval(True, "web"), for_change(True, "web")]
    assert all("sso" not in methods for methods in offered)
    assert "sso" not in for_step_up("aal2", "sms")


def test_what_tokens_say_of_each_proof() -> None:
    """RFC 8176; the contract's table of methods."""
    assert {method: amr_of(method) for method in TABLE} == {
        "passkey": ("pop", "user", "mfa"),
        "totp": ("otp",),
        "push": ("swk", "mca"),
        "sms": ("sms",),
        "email": ("otp",),
        "sso": ("mfa",),
        "recovery": ("otp",),
    }
    assert amr_of("unknown") == amr_of("") == ()


def test_one_method_that_approves_everything_has_to_stay() -> None:
    strong = [method for method, worth in TABLE.items() if worth.approves == "all"]
    assert leaves_no_approval(strong)
    assert leaves_no_approval(TABLE)
    assert not leaves_no_approval([])
    for one in strong:
        assert not leaves_no_approval([method for method in TABLE if method != one])
