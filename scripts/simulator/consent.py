"""OAuth: the page that asks the user, and the token endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode, urlsplit

from .tokens import READ, USER_CLIENT, WRITE, TokenOffice
from .wire import Request, Response, html_response, json_response, typed_response

AUTHORIZE_PATH, TOKEN_PATH = "/oauth2/authenticate", "/oauth2/token"
_OUT_OF_BAND = frozenset({"urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:auto"})
_FORM_TYPE = "application/x-www-form-urlencoded"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_BAD_CLIENT = ("invalid_client", "Could not authenticate with client_id and client_secret")
_BAD_CODE = ("invalid_grant", "The authorization code is invalid, expired or already used")
_BAD_REFRESH = ("invalid_grant", "The refresh token is invalid, expired or has been revoked")


class Consent:
    """Answers everything below `/oauth2`."""

    def __init__(self, office: TokenOffice) -> None:
        self._office = office

    def handle(self, request: Request) -> Response:
        """Answer one request; never raises for anything a client can send."""
        if request.path == AUTHORIZE_PATH and request.method == "GET":
            return self._ask(request.query)
        if request.path == AUTHORIZE_PATH and request.method == "POST":
            return self._decide(request.form())
        if request.path == TOKEN_PATH and request.method == "POST":
            return self._token(request)
        wrong = 405 if request.path in (AUTHORIZE_PATH, TOKEN_PATH) else 404
        return html_response("Not here", "<h1>Not here</h1>", wrong)

    def _ask(self, fields: Mapping[str, str]) -> Response:
        stop = self._refusal(fields)
        if stop is not None:
            return stop
        scopes = _scope(fields).split()
        wishes = "".join(f"<li>{'read' if s == READ else 'change'} your runs</li>" for s in scopes)
        hidden = "".join(
            f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">'
            for key, value in fields.items()
        )
        return html_response(
            "Simulated Smashrun: allow access?",
            f"<h1>Allow access?</h1><p><b>{escape(fields['client_id'])}</b> asks to</p><ul>{wishes}</ul>"
            f'<form method="post" action="{AUTHORIZE_PATH}">{hidden}'
            '<button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="refuse">Refuse</button></form>'
            "<p>This is a simulator on your own machine. No account is involved.</p>",
        )

    def _decide(self, fields: Mapping[str, str]) -> Response:
        stop = self._refusal(fields)
        if stop is not None:
            return stop
        if fields.get("decision") != "allow":
            return _back(fields, {"error": "access_denied", "error_description": "The user refused access"})
        client = fields["client_id"]
        if fields["response_type"] == "code":
            return _back(
                fields, {"code": self._office.issue_code(client, _scope(fields), fields["redirect_uri"])}
            )
        tokens = self._office.issue_tokens(client, _scope(fields))
        return _back(fields, {key: str(value) for key, value in tokens.items() if key != "refresh_token"})

    def _refusal(self, fields: Mapping[str, str]) -> Response | None:
        """What is wrong with a request: a page where the redirect cannot be trusted, else a redirect."""
        client, redirect = fields.get("client_id", ""), fields.get("redirect_uri", "")
        if client not in (self._office.client_id, USER_CLIENT):
            return html_response(
                "Unknown app", "<h1>Unknown app</h1><p>This client_id is not registered.</p>", 400
            )
        if not registered(redirect):
            text = "<h1>Wrong redirect_uri</h1><p>It does not match the registration.</p>"
            return html_response("Wrong redirect_uri", text, 400)
        kind = fields.get("response_type", "")
        if kind not in ("code", "token"):
            text = "response_type must be code or token"
            return _back(fields, {"error": "unsupported_response_type", "error_description": text})
        if client == USER_CLIENT and kind == "code":
            text = "client may only use the implicit flow"
            return _back(fields, {"error": "unauthorized_client", "error_description": text})
        if not set(_scope(fields).split()) <= {READ, WRITE}:
            return _back(fields, {"error": "invalid_scope", "error_description": "Unknown scope"})
        return None

    def _token(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
            return _oauth_error(400, ("invalid_request", "The body must be form-encoded"))
        form = request.form()
        client = form.get("client_id", "")
        # Credentials count in the body only; HTTP Basic is not looked at.
        if (client, form.get("client_secret")) != (self._office.client_id, self._office.client_secret):
            return _oauth_error(401, _BAD_CLIENT)
        match form.get("grant_type"):
            case "authorization_code":
                answer = self._office.redeem_code(form.get("code", ""), client, form.get("redirect_uri"))
                wrong = _BAD_CODE
            case "refresh_token":
                answer = self._office.refresh(form.get("refresh_token", ""), client)
                wrong = _BAD_REFRESH
            case _:
                text = "grant_type must be authorization_code or refresh_token"
                return _oauth_error(400, ("unsupported_grant_type", text))
        if answer is None:
            return _oauth_error(400, wrong)
        if "state" in form:
            answer["state"] = form["state"]
        return json_response(answer, headers=_NO_STORE)


def registered(redirect_uri: str) -> bool:
    """Whether an address may be redirected to: the two out-of-band names and http on this machine."""
    if redirect_uri in _OUT_OF_BAND:
        return True
    try:
        parts = urlsplit(redirect_uri)
        # A port that is no number raises as well.
        return parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1") and parts.port != 0
    except ValueError:
        return False


def _scope(fields: Mapping[str, str]) -> str:
    return fields.get("scope", "").strip() or READ


def _oauth_error(status: int, error: tuple[str, str]) -> Response:
    return json_response({"error": error[0], "error_description": error[1]}, status, _NO_STORE)


def _back(fields: Mapping[str, str], values: dict[str, str]) -> Response:
    """Send the browser back: values in query (code) or fragment (token); out of band: on a page."""
    if "state" in fields:
        values = {**values, "state": fields["state"]}
    target = fields["redirect_uri"]
    if target in _OUT_OF_BAND:
        shown = "".join(
            f'<p>{escape(key)}: <code id="{escape(key)}">{escape(value)}</code></p>'
            for key, value in values.items()
        )
        title = "&".join(f"{key}={value}" for key, value in values.items())
        return html_response(title, f"<h1>Copy this into your program</h1>{shown}")
    if fields.get("response_type") == "token":
        location = f"{target}#{urlencode(values, quote_via=quote)}"
    else:
        location = f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(values, quote_via=quote)}"
    return typed_response(302, headers={"Location": location, **_NO_STORE})
