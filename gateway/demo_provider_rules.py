"""The demo provider's OpenID Connect, by Authlib: one client, codes in memory, S256 alone."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import ECKey

CLIENT = "gatehouse"
SECOND_FACTOR = "urn:globex:two-factors"
_CODE_SECONDS = 60
_TOKEN_SECONDS = 300
_MOST_CODES = 1_000


@dataclass(frozen=True)
class Chosen:
    """Who was picked, whether with a second factor, and when (seconds since 1970)."""

    username: str
    second_factor: bool
    at: int


@dataclass(frozen=True)
class _Code:
    """What a code stands for, as Authlib asks for it."""

    chosen: Chosen
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    sid: str
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.chosen.at

    def get_acr(self) -> str | None:
        return SECOND_FACTOR if self.chosen.second_factor else None

    def get_amr(self) -> list[str]:
        return ["pwd", "mfa"] if self.chosen.second_factor else ["pwd"]


@dataclass(frozen=True)
class _Client(ClientMixin):  # type: ignore[misc]
    """Gatehouse, the one client that there is."""

    redirect_uri: str
    secret: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str | None) -> str:
        return "openid"

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class DemoProviderRules:
    """What the provider grants. Raises Authlib's `OAuth2Error` for what is not right."""

    def __init__(self, issuer: str, redirect_uri: str, secret: str) -> None:
        self._codes: dict[str, _Code] = {}
        self._key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "alg": "ES256"})
        self._server = _Server(_Client(redirect_uri, secret))
        self._server.register_grant(
            _grant(self._codes), [_HashedChallenge(required=True), _open_id(issuer, self._key)]
        )

    @property
    def public_key(self) -> Mapping[str, Any]:
        """The key that ID tokens are verified with."""
        return self._key.as_dict(private=False)

    def check(self, url: str, asked: Mapping[str, str]) -> None:
        """Look at a request before anybody is asked who they are."""
        self._server.get_consent_grant(_Asked("GET", url, asked), None)

    def grant(self, url: str, asked: Mapping[str, str], chosen: Chosen) -> str:
        """Return where the browser is sent back to, with a code."""
        request = _Asked("GET", url, asked)
        grant = self._server.get_consent_grant(request, chosen)
        _, _, headers = self._server.create_authorization_response(request, chosen, grant)
        return str(dict(headers)["Location"])

    def redeem(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Any]]:
        """Return the answer to a request for tokens."""
        named = {name.title(): value for name, value in headers.items()}
        status, body, _ = self._server.create_token_response(_Asked("POST", url, form, named))
        return status, body


class _HashedChallenge(CodeChallenge):  # type: ignore[misc]
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class _Asked(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it."""

    def __init__(
        self, method: str, url: str, given: Mapping[str, str], headers: Any = None
    ) -> None:
        super().__init__(method, url, headers=headers or {})
        self.payload = BasicOAuth2Payload(dict(given))
        self._given = dict(given)

    @property
    def args(self) -> dict[str, str]:
        return self._given

    @property
    def form(self) -> dict[str, str]:
        return self._given


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, client: _Client) -> None:
        super().__init__()
        self._only = client
        self.register_token_generator("default", _new_token)

    def query_client(self, client_id: str) -> _Client | None:
        return self._only if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None:
        """Nothing is asked with an access token here."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Any) -> Any:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Any:
        return status, body, headers


def _new_token(**_: Any) -> dict[str, Any]:
    return {
        "token_type": "Bearer",
        "access_token": secrets.token_urlsafe(32),
        "expires_in": _TOKEN_SECONDS,
        "scope": "openid",
    }


def _grant(codes: dict[str, _Code]) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            given = request.payload.data
            while len(codes) >= _MOST_CODES:
                codes.pop(next(iter(codes)))
            codes[code] = _Code(
                request.user,
                given["redirect_uri"],
                "openid",
                given.get("nonce", ""),
                given["code_challenge"],
                secrets.token_urlsafe(16),
            )

        def query_authorization_code(self, code: str, client: Any) -> _Code | None:
            # Taken out at once: a code is good for one try, right or wrong.
            found = codes.pop(code, None)
            late = found is None or time.time() - found.chosen.at > _CODE_SECONDS
            return None if late else found

        def delete_authorization_code(self, authorization_code: Any) -> None:
            """It is gone already."""

        def authenticate_user(self, authorization_code: Any) -> Any:
            return authorization_code

    return Grant


def _open_id(issuer: str, key: ECKey) -> OpenIDCode:
    class OpenId(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def get_client_algorithm(self, client: Any) -> str:
            return "ES256"

        def get_encode_header(self, client: Any) -> dict[str, Any]:
            return {"alg": "ES256", "kid": key.kid}

        def resolve_client_private_key(self, client: Any) -> ECKey:
            return key

        def get_compatible_claims(self, request: Any) -> dict[str, Any]:
            now = int(time.time())
            told = {"iss": issuer, "aud": CLIENT, "iat": now, "exp": now + _TOKEN_SECONDS}
            return {**told, "sid": request.authorization_code.sid}

        def generate_user_info(self, user: Any, scope: str) -> dict[str, Any]:
            return {"sub": user.chosen.username}

    return OpenId(require_nonce=True)
