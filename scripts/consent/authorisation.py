"""The runner's consent: from an address to open to tokens that Smashrun accepts."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from myrunstreak.contract.layout import S3Location, parse_location
from myrunstreak.contract.references import FILE_PREFIX
from myrunstreak.contract.settings import Settings, is_loopback
from myrunstreak.errors import InvalidSettings, MyRunStreakError, ReauthorisationRequired
from myrunstreak.redaction import remember
from myrunstreak.smashrun.client import SmashrunClient
from myrunstreak.smashrun.limiter import RequestLimiter
from myrunstreak.smashrun.models import TokenAnswer, UserInfo
from myrunstreak.smashrun.oauth import READ_SCOPE, USER_LEVEL_CLIENT_ID, SmashrunOAuth
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.store.stored_runs import StoredRuns
from myrunstreak.sync.owner import Owner
from myrunstreak.tokens import TokenManager
from pydantic import ValidationError

from scripts.consent.callback import CallbackServer, Redirect, parse_fields
from scripts.record.reading import open_record

CONSENT_TIMEOUT_S = 300.0
# The implicit flow need not say how long its token lives; about 60 days is what people report.
USER_LEVEL_LIFE_S = 60 * 86_400.0


@dataclass(frozen=True)
class Authorisation:
    """Tokens that Smashrun has accepted, and whose they are."""

    tokens: TokenAnswer = field(repr=False)
    runner: UserInfo
    user_level: bool


def authorise(
    settings: Settings,
    oauth: SmashrunOAuth,
    open_browser: Callable[[str], object],
    *,
    user_level: bool = False,
    paste: Callable[[], str] | None = None,
    say: Callable[[str], object] = print,
    timeout_s: float = CONSENT_TIMEOUT_S,
) -> Authorisation:
    """Ask the runner, fetch tokens, and check them with Smashrun. Nothing is stored.

    Args:
        open_browser: called with the address to open; it may approve by itself and follow the redirect.
        user_level: Smashrun's own client `client` and the implicit flow: no secret, no refresh token.
        paste: asks for the address that the browser ended at (or the bare code or token), instead of
            waiting for the browser on the redirect URI.
        say: called with each line for the runner, the address among them.

    Raises:
        ReauthorisationRequired: the runner refused, no answer came, or it was not ours.
        InvalidSettings: the redirect URI, its port, or the client id and secret.
        SourceUnavailable: Smashrun did not answer usefully.
    """
    state = secrets.token_urlsafe(24)
    if user_level:
        oauth = oauth.with_client(USER_LEVEL_CLIENT_ID, None)
    elif not oauth.can_ask_for_tokens:
        raise InvalidSettings(
            "Smashrun's client id and secret are missing. Set SMASHRUN_CLIENT_ID and _SECRET."
        )
    url = oauth.authorize_url(state, "token" if user_level else "code")
    if paste is None:
        redirect = _by_browser(oauth.redirect_uri, url, state, open_browser, say, timeout_s)
    else:
        _send_away(url, open_browser, say)
        redirect = parse_pasted(paste(), state, "access_token" if user_level else "code")
    if redirect.problem:
        raise ReauthorisationRequired(f"Smashrun did not give its consent ({_plain(redirect.problem)})")
    tokens = _from_fragment(redirect) if user_level else oauth.exchange_code(_code(redirect))
    return Authorisation(tokens, check_token(settings, tokens), user_level)


def store(authorisation: Authorisation, manager: TokenManager, oauth: SmashrunOAuth) -> None:
    """Store the tokens, with the client id and secret that renew them."""
    tokens = authorisation.tokens
    life_s = tokens.expires_in
    if authorisation.user_level and life_s is None:
        life_s = USER_LEVEL_LIFE_S
    secret = oauth.client_secret
    manager.initialize_tokens(
        tokens.access_token.get_secret_value(),
        tokens.refresh_token.get_secret_value() if tokens.refresh_token else None,
        life_s,
        token_type=tokens.token_type,
        scope=tokens.scope or READ_SCOPE,
        # User-level tokens are never renewed; a registered client that was stored before stays for later.
        client_id=None if authorisation.user_level else oauth.client_id,
        client_secret=None if authorisation.user_level or secret is None else secret.get_secret_value(),
    )


def check_token(settings: Settings, tokens: TokenAnswer) -> UserInfo:
    """Whom Smashrun says that the token belongs to.

    Raises: as `SmashrunClient`.
    """
    only = _OneToken(tokens.access_token.get_secret_value())
    return SmashrunClient(settings.smashrun_api_url, only, RequestLimiter()).userinfo()


def refuse_another_owner(settings: Settings, runner: UserInfo) -> None:
    """Hold the configured place to the runner who has just authorised, before the tokens are stored.

    Tokens in AWS are those of a deployed sync, which a record on this machine says nothing about; where the place
    cannot be looked at from here, the sync compares.

    Raises:
        InvalidSettings: the database or the archive there holds the runs of another runner.
    """
    present = Owner.of(runner.id, runner.display_name)
    in_aws = not settings.tokens_secret.startswith(FILE_PREFIX)
    if present is None or (in_aws and not isinstance(parse_location(settings.duckdb_path), S3Location)):
        return
    for place, owner in _owners(settings):
        if owner is not None:
            owner.require(present, place)


def _owners(settings: Settings) -> Iterator[tuple[str, Owner | None]]:
    """Archive and database, each with whose runs it holds as far as that can be seen from here."""
    with TemporaryDirectory() as work:
        archive = RawArchive(
            open_blobs(settings.archive, settings.aws_region), settings.source_name, Path(work)
        )
        yield f"The archive {archive.place}", _seen(archive.owner)
    yield f"The database {settings.duckdb_path}", _seen(lambda: _database_owner(settings))


def _database_owner(settings: Settings) -> Owner | None:
    with open_record(settings) as connection:
        return StoredRuns(connection).owner()


def _seen(look: Callable[[], Owner | None]) -> Owner | None:
    try:
        return look()
    except MyRunStreakError:
        return None  # none there yet, denied, or out of reach: the sync will compare


def parse_pasted(text: str, state: str, wanted: str) -> Redirect:
    """Read a pasted redirect address, or a bare code or token.

    Raises:
        ReauthorisationRequired: it holds neither, or belongs to another request.
    """
    text = text.strip()
    parts = urlsplit(text) if "://" in text else None
    if parts is None:
        bare = parse_fields(text) if f"{wanted}=" in text or "state=" in text else {wanted: text}
        redirect = Redirect(bare)
    else:
        redirect = Redirect(parse_fields(parts.query) | parse_fields(parts.fragment))
    if redirect.state is not None and not secrets.compare_digest(redirect.state.encode(), state.encode()):
        raise ReauthorisationRequired("The pasted address belongs to another request (its state differs)")
    if parts is not None and redirect.state is None:
        raise ReauthorisationRequired("The pasted address is incomplete (it carries no state)")
    if not redirect.problem and not redirect.fields.get(wanted):
        raise ReauthorisationRequired("The pasted text holds no answer of Smashrun's")
    return redirect


def needs_paste(settings: Settings) -> bool:
    """Whether the redirect URI is one that no server of ours can wait on."""
    uri = settings.smashrun_redirect_uri
    return urlsplit(uri).scheme != "http" or not is_loopback(uri)


@dataclass(frozen=True)
class _OneToken:
    token: str = field(repr=False)

    def get_valid_access_token(self) -> str:
        return self.token

    def force_refresh(self, dead_token: str) -> str:  # noqa: ARG002 - the shape of AccessTokens
        raise ReauthorisationRequired("Smashrun does not accept the new token; nothing was stored")


def _by_browser(
    redirect_uri: str,
    url: str,
    state: str,
    open_browser: Callable[[str], object],
    say: Callable[[str], object],
    timeout_s: float,
) -> Redirect:
    with CallbackServer(redirect_uri, state) as server:
        _send_away(url, open_browser, say)
        redirect = server.wait(timeout_s)
        refused = server.refused
    if redirect is None:
        hint = " An answer with a wrong state was refused." if refused else ""
        raise ReauthorisationRequired(
            f"No answer came back within {timeout_s / 60:.0f} minutes.{hint} With the browser on another "
            "machine, use --paste"
        )
    return redirect


def _send_away(url: str, open_browser: Callable[[str], object], say: Callable[[str], object]) -> None:
    say(url)
    try:
        open_browser(url)
    except MyRunStreakError:
        raise
    except Exception as error:
        say(f"The browser did not open ({type(error).__name__}): open the address above yourself.")


def _code(redirect: Redirect) -> str:
    code = redirect.fields.get("code")
    if not code:
        raise ReauthorisationRequired("Smashrun's answer holds no code")
    return code


def _from_fragment(redirect: Redirect) -> TokenAnswer:
    fields = {name: value for name, value in redirect.fields.items() if name != "refresh_token"}
    tokens = None
    with contextlib.suppress(ValidationError):
        tokens = TokenAnswer.model_validate(fields)
    if tokens is None:
        raise ReauthorisationRequired("Smashrun's answer holds no token")
    remember(tokens.access_token.get_secret_value())
    return tokens


def _plain(code: str) -> str:
    return "".join(letter for letter in code if letter.isalnum() or letter in "_-. ")[:60]
