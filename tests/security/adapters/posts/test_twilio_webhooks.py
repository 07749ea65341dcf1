"""Signatures of webhooks (GH-8), with the example that Twilio has published."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from security.adapters.posts.forms import TwilioForm
from security.adapters.posts.twilio_webhooks import TwilioWebhooks
from security.sms.incoming import Form

# Twilio, "Security: validating requests".
URL, PATH = "https://mycompany.com", "/myapp.php?foo=1&bar=2"
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
SENT = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


def provider(url: str = URL, token: str = "12345") -> TwilioWebhooks:
    numbers = {"globex": "+18005551212"}
    return TwilioWebhooks(TwilioForm("AC" + "0" * 32, token, numbers, None, None), url)


def form(*more: tuple[str, str], **changed: str) -> Form:
    return Form.read(urlencode([*{**SENT, **changed}.items(), *more]).encode())


@pytest.mark.parametrize("url", [URL, f"{URL}/"])
def test_the_published_example_is_accepted(url: str) -> None:
    assert provider(url).is_signed(PATH, form(), SIGNATURE)


def test_attack_anything_else_is_not() -> None:
    """★ Unsigned webhooks: another parameter, value, path, host, token, or none at all."""
    asked = provider()
    assert not asked.is_signed(PATH, form(Digits="1235"), SIGNATURE)
    assert not asked.is_signed(PATH, form(("Extra", "1")), SIGNATURE)
    assert not asked.is_signed(PATH, form(Digits="1234 "), SIGNATURE)
    assert not asked.is_signed("/myapp.php?foo=1", form(), SIGNATURE)
    assert not provider("https://evil.example").is_signed(PATH, form(), SIGNATURE)
    assert not provider(token="12346").is_signed(PATH, form(), SIGNATURE)
    for signature in ("", SIGNATURE[:-1], SIGNATURE.lower(), "é" * 28, "\ud800"):
        assert not asked.is_signed(PATH, form(), signature)


def test_the_number_called_names_the_tenant() -> None:
    assert provider().tenant_called("+18005551212") == "globex"
    assert provider().tenant_called("+18005551213") is None
    assert provider().is_ours("AC" + "0" * 32)
    assert not provider().is_ours("AC" + "1" * 32)
