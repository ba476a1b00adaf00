"""Plays the user's browser at the consent page, for programs that have to get through it without a person."""

from __future__ import annotations

from email.message import Message
from html.parser import HTMLParser
from http.client import HTTPResponse
from typing import IO, cast
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener


class ConsentError(Exception):
    """The consent page could not be answered; the message carries the status and what the page says."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self._code: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.action = named.get("action", "")
        elif tag == "input" and named.get("name"):
            self.fields[named["name"]] = named.get("value", "")
        elif tag == "code":
            self._code = named.get("id")

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._code = None

    def handle_data(self, data: str) -> None:
        if self._code:
            self.shown[self._code] = self.shown.get(self._code, "") + data


class _Stay(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow nothing: the redirect is the result."""


def approve(url: str, allow: bool = True, timeout_s: float = 10.0) -> str:
    """Fetch an authorise URL, press Allow (or Refuse) and return the address the browser would be sent to.

    For the out-of-band redirects, where the code is shown on a page, that address is
    `urn:ietf:wg:oauth:2.0:oob?code=...&state=...`. Raises ConsentError when there is no form or no redirect.
    """
    # No proxy: the page is on this machine.
    opener = build_opener(_Stay, ProxyHandler({}))
    status, headers, text = _fetch(opener, url, None, timeout_s)
    if 300 <= status < 400:
        return str(headers.get("Location", ""))
    page = _Page()
    page.feed(text)
    if status != 200 or page.action is None:
        raise ConsentError(f"no consent form at the authorise URL (HTTP {status})")
    fields = {**page.fields, "decision": "allow" if allow else "refuse"}
    status, headers, text = _fetch(opener, urljoin(url, page.action), urlencode(fields).encode(), timeout_s)
    location = headers.get("Location")
    if location:
        return str(location)
    result = _Page()
    result.feed(text)
    if status != 200 or not result.shown:
        raise ConsentError(f"the consent form did not lead anywhere (HTTP {status})")
    return f"{page.fields.get('redirect_uri', '')}?{urlencode(result.shown)}"


def _fetch(
    opener: OpenerDirector, url: str, data: bytes | None, timeout_s: float
) -> tuple[int, Message, str]:
    try:
        with cast("HTTPResponse", opener.open(url, data, timeout_s)) as answer:
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode("utf-8", "replace")
