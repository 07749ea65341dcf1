"""What a provider says of itself is held to its issuer, and read exactly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from security.sso.metadata import Metadata, NotRight, metadata_of, object_of, well_known

ISSUER = "https://login.globex.example"
SAID: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/a",
    "token_endpoint": f"{ISSUER}/t",
    "jwks_uri": f"{ISSUER}/j",
}


def read(**changed: Any) -> Metadata:
    told = {**SAID, **changed}
    body = json.dumps({name: value for name, value in told.items() if value is not None})
    return metadata_of(body.encode(), ISSUER)


def test_it_is_read_with_what_may_be_absent() -> None:
    assert read() == Metadata(ISSUER, f"{ISSUER}/a", f"{ISSUER}/t", f"{ISSUER}/j", None, False)
    assert read(
        userinfo_endpoint=f"{ISSUER}/u",
        authorization_response_iss_parameter_supported=True,
        code_challenge_methods_supported=["plain", "S256"],
        more=1,
    ) == Metadata(ISSUER, f"{ISSUER}/a", f"{ISSUER}/t", f"{ISSUER}/j", f"{ISSUER}/u", True)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"issuer": f"{ISSUER}/"}, "metadata_of_another"),
        ({"issuer": ISSUER.upper()}, "metadata_of_another"),
        ({"issuer": None}, "no_metadata"),
        ({"token_endpoint": "http://login.globex.example/t"}, "no_metadata"),
        ({"jwks_uri": f"{ISSUER}/\n"}, "no_metadata"),
        ({"userinfo_endpoint": "javascript:x"}, "no_metadata"),
        ({"authorization_response_iss_parameter_supported": "true"}, "no_metadata"),
        ({"code_challenge_methods_supported": ["plain"]}, "no_pkce"),
        ({"code_challenge_methods_supported": []}, "no_pkce"),
    ],
)
def test_attack_a_provider_that_says_it_is_another(changed: dict[str, Any], why: str) -> None:
    """ASVS 10.5.3; Discovery 1.0 section 4.3: letter by letter; RFC 9700: with PKCE by S256."""
    with pytest.raises(NotRight, match=rf"^{why}$") as wrong:
        read(**changed)
    assert wrong.value.why == why


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null"])
def test_what_is_no_description_is_none(body: bytes) -> None:
    with pytest.raises(NotRight, match=r"^no_metadata$"):
        metadata_of(body, ISSUER)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b'"x"', b"1"])
def test_an_answer_that_is_no_object_is_told_by_what_it_was(body: bytes) -> None:
    with pytest.raises(NotRight, match=r"^no_token$"):
        object_of(body, "no_token")


def test_an_answer_is_an_object() -> None:
    assert object_of(b'{"a": [1]}', "no_token") == {"a": [1]}


@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/", f"{ISSUER}//"])
def test_where_it_describes_itself(issuer: str) -> None:
    assert well_known(issuer) == f"{ISSUER}/.well-known/openid-configuration"
    assert well_known(f"{ISSUER}/t/1").endswith("/t/1/.well-known/openid-configuration")
