"""Each caller proves itself with the credential of its listener."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from runtime.callers import bearer, presents, require_caller

CREDENTIAL = "c" * 43
OTHER = "d" * 43


@pytest.fixture
def client() -> httpx.AsyncClient:
    routes = [Route(path, lambda _: PlainTextResponse("in")) for path in ("/invoke", "/healthz")]
    app = require_caller(Starlette(routes=routes), CREDENTIAL)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://security")


async def test_the_holder_of_the_credential_comes_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/invoke", headers=bearer(CREDENTIAL))).text == "in"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer(OTHER),
        bearer(CREDENTIAL + "c"),
        bearer(CREDENTIAL[:-1]),
        {"Authorization": CREDENTIAL},
        {"Authorization": f"bearer {CREDENTIAL}"},
        {"Authorization": f"Basic {CREDENTIAL}"},
        {"Authorization": ""},
        [("Authorization", f"Bearer {CREDENTIAL}"), ("Authorization", f"Bearer {OTHER}")],
    ],
    ids=lambda headers: str(headers)[:40],
)
async def test_a_neighbour_without_this_arrow_s_credential_is_refused(
    client: httpx.AsyncClient, headers: object
) -> None:
    """ASVS 13.2.4: reaching a socket is not enough."""
    answer = await client.get("/invoke", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_caller")


async def test_health_needs_no_credential_and_nothing_below_it_is_open(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/healthz")).status_code == 200
    for path in ("/healthz/", "//healthz", "/HEALTHZ", "/healthz/../invoke"):
        assert (await client.get(path)).status_code == 401, path


def test_a_short_credential_is_not_accepted_at_all() -> None:
    with pytest.raises(ValueError, match="32"):
        require_caller(Starlette(), "c" * 31)
    require_caller(Starlette(), "c" * 32)


def test_headers_that_are_no_text_are_refused_without_an_error() -> None:
    assert not presents("Bearer \xff\xfe", CREDENTIAL)
    assert not presents(b"\xff\xfe", CREDENTIAL)
    assert not presents(None, CREDENTIAL)
    assert presents(f"Bearer {CREDENTIAL}".encode(), CREDENTIAL)


@pytest.mark.parametrize("given", ["Bearer \u20ac", "Bearer \udcff", "\U0001f511"])
def test_attack_a_header_in_other_letters_is_no_credential(given: str) -> None:
    """ASVS 16.5.3: libraries give headers as text; what is no Latin letter is refused, no fault."""
    assert not presents(given, CREDENTIAL)
