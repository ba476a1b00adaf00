"""The loopback server that the runner's browser comes back to with Smashrun's answer."""

from __future__ import annotations

import errno
import html
import secrets
import threading
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from myrunstreak.contract.settings import is_loopback
from myrunstreak.errors import InvalidSettings

from scripts.loopback import LoopbackServer, Request, Response


@dataclass(frozen=True)
class Redirect:
    """What Smashrun adds to the redirect address, taken apart. `problem` is OAuth's error code."""

    fields: dict[str, str] = field(repr=False)

    @property
    def state(self) -> str | None:
        return self.fields.get("state")

    @property
    def problem(self) -> str | None:
        return self.fields.get("error")


def parse_fields(text: str) -> dict[str, str]:
    """A query or fragment as a dict, every value decoded once; `+` stays `+`, since tokens contain it."""
    pairs = (part.partition("=") for part in text.lstrip("?#").split("&") if part)
    return {unquote(key): unquote(value) for key, _, value in pairs}


class CallbackServer:
    """Waits on the redirect URI for one answer that carries our `state`.

        with CallbackServer("http://localhost:8000/callback", state) as server:
            ...  # send the browser away
            redirect = server.wait(300)

    Anything else (icons, previews, wrong paths, wrong states) is answered and changes nothing.

    Raises:
        InvalidSettings: the address is not one of this machine, or its port is taken.
    """

    def __init__(self, redirect_uri: str, state: str) -> None:
        parts = urlsplit(redirect_uri)
        if parts.scheme != "http" or not is_loopback(redirect_uri):
            raise InvalidSettings(
                f"SMASHRUN_REDIRECT_URI is {redirect_uri}: a browser cannot come back from there by itself. "
                "Use --paste, or register http://localhost:8000/callback with Smashrun."
            )
        self.refused = 0
        self._parts = parts
        self._state = state
        self._redirect: Redirect | None = None
        self._arrived = threading.Event()
        self._servers = self._listen(parts)

    def __enter__(self) -> Self:
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, *error: object) -> None:
        for server in self._servers:
            server.stop()

    def wait(self, timeout_s: float) -> Redirect | None:
        """The answer, or None when none came in time."""
        self._arrived.wait(timeout_s)
        return self._redirect

    def take(self, text: str) -> bool:
        """Accept a query or fragment if it carries our state; whether it did."""
        redirect = Redirect(parse_fields(text))
        if redirect.state is None or not secrets.compare_digest(
            redirect.state.encode(), self._state.encode()
        ):
            self.refused += 1
            return False
        self._redirect = self._redirect or redirect
        self._arrived.set()
        return True

    def _listen(self, parts: SplitResult) -> list[LoopbackServer]:
        # A browser may read `localhost` as either address.
        hosts = {"localhost": ["127.0.0.1", "::1"]}.get(parts.hostname or "", [parts.hostname or ""])
        port = parts.port or 80
        servers: list[LoopbackServer] = []
        for host in hosts:
            try:
                servers.append(LoopbackServer(self._respond, host, port, name="MyRunStreak"))
            except OSError as error:
                if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) and servers:
                    continue  # a machine without IPv6
                for server in servers:
                    server.stop()
                raise InvalidSettings(
                    f"Cannot listen on port {port} for the answer: {error.strerror}. End what uses it, set "
                    "SMASHRUN_REDIRECT_URI to another port registered with Smashrun, or use --paste."
                ) from None
        return servers

    def _respond(self, request: Request) -> Response:
        is_get = request.method == "GET"
        if request.path != (self._parts.path or "/") or not (is_get or (request.body and request.is_whole)):
            return _page_response(404, "Nothing here", "This page only waits for Smashrun's answer.")
        answer = request.query if is_get else request.body.decode("utf-8", "replace")
        if not answer:
            # The implicit flow puts its answer into the fragment, which browsers keep to themselves.
            nonce = secrets.token_urlsafe(16)
            relay = _RELAY.replace("{nonce}", nonce)
            return _html_response(200, relay, f"script-src 'nonce-{nonce}'; connect-src 'self'")
        if not self.take(answer):
            text = "This answer does not belong to the request in your terminal."
            return _page_response(400, "Not ours", text)
        if Redirect(parse_fields(answer)).problem:
            return _page_response(200, "Not allowed", "Smashrun refused. Your terminal says more.")
        return _page_response(200, "That worked", "You can close this window and go back to your terminal.")


def _page_response(status: int, title: str, text: str) -> Response:
    return _html_response(status, _FRAME.format(title=html.escape(title), body=f"<p>{html.escape(text)}</p>"))


def _html_response(status: int, page: str, policy: str = "") -> Response:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'; {policy}",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status, page.encode(), headers)


_FRAME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} - MyRunStreak</title>'
    "<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto}}</style>"
    "<h1>{title}</h1>{body}</html>"
)
_RELAY = _FRAME.format(
    title="One moment",
    body="""<p id="text">Handing Smashrun's answer over to your terminal.</p>
<noscript><p>Without scripts: copy this page's address and run the command again with --paste.</p></noscript>
<script nonce="{nonce}">
  const answer = location.hash.slice(1), text = document.getElementById("text");
  history.replaceState(null, "", location.pathname);
  if (!answer) { text.textContent = "This page only waits for Smashrun's answer."; }
  else fetch(location.pathname, {method: "POST", body: answer})
    .then(r => r.ok ? "You can close this window and go back to your terminal."
                    : "This answer does not belong to the request in your terminal.")
    .catch(() => "The command in your terminal has ended. Run it again.")
    .then(t => { text.textContent = t; });
</script>""",
)
