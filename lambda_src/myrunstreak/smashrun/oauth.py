"""Smashrun's OAuth 2.0: the address to ask the runner, and the token endpoint.

Client id and secret travel in the form body, as every known client of Smashrun sends them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, cast
from urllib.parse import quote, urlencode

from pydantic import SecretStr, ValidationError

from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, ReauthorisationRequired, SourceUnavailable
from myrunstreak.redaction import remember
from myrunstreak.smashrun.models import TokenAnswer
from myrunstreak.smashrun.transport import Answer, NoAuth, Transport, Unusable

if TYPE_CHECKING:
    import requests

READ_SCOPE = "read_activity"
# The client id that stands for user-level access: no secret, implicit flow only, no refresh token.
USER_LEVEL_CLIENT_ID = "client"

_ERROR_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class GrantRejected(ReauthorisationRequired):
    """Smashrun refused a code or refresh token: used up, expired, revoked, or made for another client."""


class SmashrunOAuth:
    """One registered client of Smashrun's.

    Id and secret may be missing here and be filled in later from the stored secret (`with_client`).
    """

    def __init__(
        self,
        client_id: str | None,
        client_secret: str | SecretStr | None,
        token_url: str = Settings.model_fields["smashrun_token_url"].default,
        authorize_url: str = Settings.model_fields["smashrun_authorize_url"].default,
        redirect_uri: str = Settings.model_fields["smashrun_redirect_uri"].default,
        session: requests.Session | None = None,
        *,
        transport: Transport | None = None,
    ) -> None:
        secret = client_secret.get_secret_value() if isinstance(client_secret, SecretStr) else client_secret
        remember(secret)
        self.client_id = client_id or None
        self._client_secret = SecretStr(secret) if secret else None
        self._token_url = token_url
        self._authorize_url = authorize_url
        self.redirect_uri = redirect_uri
        self._transport = transport or Transport(session)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        session: requests.Session | None = None,
        *,
        transport: Transport | None = None,
    ) -> Self:
        """The client that the settings describe; id and secret may be missing there."""
        return cls(
            settings.smashrun_client_id,
            settings.smashrun_client_secret,
            settings.smashrun_token_url,
            settings.smashrun_authorize_url,
            settings.smashrun_redirect_uri,
            session,
            transport=transport,
        )

    def with_client(self, client_id: str, client_secret: str | SecretStr | None) -> SmashrunOAuth:
        """The same addresses for another client id and secret."""
        return SmashrunOAuth(
            client_id,
            client_secret,
            self._token_url,
            self._authorize_url,
            self.redirect_uri,
            transport=self._transport,
        )

    @property
    def can_ask_for_tokens(self) -> bool:
        """Whether client id and secret are both known."""
        return self.client_id is not None and self._client_secret is not None

    @property
    def client_secret(self) -> SecretStr | None:
        """The registered app's secret."""
        return self._client_secret

    def __repr__(self) -> str:
        return f"SmashrunOAuth(client_id={self.client_id!r}, token_url={self._token_url!r})"

    def authorize_url(
        self, state: str, response_type: Literal["code", "token"] = "code", scope: str = READ_SCOPE
    ) -> str:
        """The address where the runner agrees. `token` is the implicit flow of user-level access."""
        query = {
            "client_id": self.client_id or "",
            "response_type": response_type,
            "scope": scope,
            "redirect_uri": self.redirect_uri,
            "state": state,
        }
        return f"{self._authorize_url}?{urlencode(query, quote_via=quote)}"

    def exchange_code(self, code: str) -> TokenAnswer:
        """Exchange a code, which works once, for tokens.

        Raises:
            GrantRejected, InvalidSettings, SourceUnavailable, RateLimited: as `refresh`.
        """
        remember(code)
        return self._ask(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        )

    def refresh(self, refresh_token: str) -> TokenAnswer:
        """Exchange a refresh token for a new pair.

        The answer's own refresh token may be new, the same, or missing: then the old one stays in use.

        Raises:
            GrantRejected: the refresh token is dead.
            InvalidSettings: client id and secret are missing or not accepted.
            SourceUnavailable, RateLimited: no usable answer; the refresh token may still be good.
        """
        remember(refresh_token)
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    refresh_access_token = refresh

    def _ask(self, form: dict[str, str]) -> TokenAnswer:
        if self.client_id is None or self._client_secret is None:
            raise InvalidSettings(
                "Smashrun's client id or secret is missing. Set SMASHRUN_CLIENT_ID and "
                "SMASHRUN_CLIENT_SECRET, or store both: `myrunstreak auth`."
            )
        form = form | {"client_id": self.client_id, "client_secret": self._client_secret.get_secret_value()}
        return self._transport.ask("POST", self._token_url, _read_answer, auth=NoAuth(), data=form)


def _read_answer(answer: Answer) -> TokenAnswer:
    content = _object(answer.body)
    code = content.get("error")
    if answer.status >= 400 or code is not None:
        _refuse(answer.status, code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else None)
    if answer.status != 200:
        raise InvalidSettings(
            f"Smashrun's token address answered with status {answer.status} instead of tokens; secrets "
            "do not follow to another address. Check SMASHRUN_TOKEN_URL."
        )
    try:
        tokens = TokenAnswer.model_validate(content)
    except ValidationError:
        tokens = None
    if tokens is None:
        raise Unusable("the answer holds no token")
    remember(tokens.access_token.get_secret_value())
    remember(tokens.refresh_token.get_secret_value() if tokens.refresh_token else None)
    return tokens


def _refuse(status: int, code: str | None) -> NoReturn:
    if code == "invalid_grant":
        raise GrantRejected("Smashrun does not accept the code or refresh token (invalid_grant)")
    if code in {"invalid_client", "unauthorized_client"}:
        raise InvalidSettings(
            f"Smashrun does not accept the client id and secret ({code}). Check SMASHRUN_CLIENT_ID and "
            "SMASHRUN_CLIENT_SECRET, or store both again: `myrunstreak auth`."
        )
    if status >= 500 or status == 408:
        raise Unusable(f"status {status}")
    if status in {404, 405, 410}:
        raise InvalidSettings(
            f"There is no token endpoint at this address (status {status}). Check SMASHRUN_TOKEN_URL."
        )
    if code is None and status in {400, 401}:
        raise GrantRejected(f"Smashrun refuses the code or refresh token (status {status})")
    raise SourceUnavailable(
        f"Smashrun refuses to hand out tokens (status {status}, {code or 'no reason given'})."
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}
