"""`myrunstreak serve`: the page and the API on this machine, answered by the same code as in Lambda."""

from __future__ import annotations

import errno
import hashlib
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import unquote, urlsplit

import typer
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import InvalidSettings, MyRunStreakError

from scripts.commands.command import Settings, command
from scripts.display.terminal import plain, standard_error, standard_output
from scripts.loopback import LOOPBACK, LoopbackServer, Request, Response
from scripts.record.page import refresh_page
from scripts.record.short_sync import BackgroundSync
from scripts.used_port import PROGRAM, explain_used_port

if TYPE_CHECKING:
    from myrunstreak.api.service import Api

HOST: Final = "127.0.0.1"
PORT: Final = 8787

Answer = Callable[[dict[str, Any]], dict[str, Any]]


@command(
    examples=(
        "myrunstreak serve",
        "myrunstreak serve --port 8080",
    )
)
def serve(
    settings: Settings,
    port: Annotated[int, typer.Option(metavar="PORT", help="The port on this machine.")] = PORT,
) -> None:
    """Show the page on this machine, and answer the API."""
    server = make_server(settings, port)
    access = "to those who sign in or have a key" if settings.api_keys else "on this machine, without a key"

    def end(number: int, frame: object) -> None:  # noqa: ARG001 - a signal handler's shape
        server.stopping.set()

    signal.signal(signal.SIGTERM, end)
    with server:
        standard_output().print(f"{server.address}/ shows the page {access}. Ctrl-C ends it.")
        try:
            server.stopping.wait()
        except KeyboardInterrupt:
            standard_error().print("Ended.", style="dim")


def make_server(settings: Settings, port: int) -> LoopbackServer:
    """Make the server on loopback; it answers without a key only if API_KEYS is not set.

    Raises:
        InvalidSettings: the port is taken or may not be used.
    """
    server = _listen(server_name(settings), port)
    server.answer = partial(respond, _make_answer(settings))
    return server


def _listen(name: str, port: int) -> LoopbackServer:
    """A server that has its port and no answers yet."""
    try:
        return LoopbackServer(
            lambda _: Response(HTTPStatus.SERVICE_UNAVAILABLE), HOST, port, name=name, report=_report
        )
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise InvalidSettings(explain_used_port(HOST, port, name)) from None
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidSettings(
            f"Cannot listen on {HOST}:{port}: {reason}. Choose another port: `myrunstreak serve --port {PORT}`."
        ) from None


def server_name(settings: Settings) -> str:
    """What the server calls itself in its answers: it tells whose record it shows, and not where that lies."""
    place = hashlib.sha256(settings.duckdb_path.encode()).hexdigest()
    return f"{PROGRAM}/{place[:12]}"


def _make_answer(settings: Settings) -> Answer:
    """The API's answer: the API is made while the server starts, and the first requests wait for it."""
    maker = ThreadPoolExecutor(1, thread_name_prefix="api")
    made = maker.submit(_make_api, settings)
    maker.shutdown(wait=False)
    return lambda event: made.result().answer(event)


def _make_api(settings: Settings) -> Api:
    from myrunstreak.api.keys import ApiKeys
    from myrunstreak.api.service import Api
    from myrunstreak.store.published import PublishedDatabase

    _refresh_page(settings)
    return Api(
        settings,
        PublishedDatabase(settings),
        ApiKeys.open(settings),
        BackgroundSync(settings),
        without_keys=settings.api_keys is None,
    )


def _refresh_page(settings: Settings) -> None:
    """Bring the page up to the record: settings may have changed, and older versions made no page.

    A page in a bucket is left to the deployed sync, which knows the choices that it is rendered by.
    """
    if isinstance(settings.database, S3Location):
        return
    try:
        refresh_page(settings)
    except MyRunStreakError as error:
        standard_error().print(
            f"myrunstreak: the page is not up to date: {plain(str(error))}", style="yellow"
        )


def _report(error: BaseException) -> None:
    """Name the kind of an error, without a stack trace."""
    print(f"myrunstreak: a request could not be answered ({type(error).__name__}).", file=sys.stderr)


def respond(answer: Answer, request: Request) -> Response:
    """Turn HTTP into an event of payload format 2.0, and the reply back into HTTP."""
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}")
        _ = host.port
    except ValueError:  # such as `[::1` without its end
        return _text_response(HTTPStatus.BAD_REQUEST, "This is no request.")
    # A page elsewhere may make a name of its own lead to this machine; its browser still says that name.
    if host.hostname not in LOOPBACK:
        return _text_response(HTTPStatus.MISDIRECTED_REQUEST, "This is not that host.")
    if request.length is not None and not request.is_whole:
        return _text_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large; none is needed.")
    reply = answer(
        {
            "version": "2.0",
            "rawPath": unquote(request.path, errors="replace"),
            "rawQueryString": request.query,
            "headers": dict(request.headers),
            "requestContext": {"stage": "$default", "http": {"method": request.method, "path": request.path}},
            "body": request.body.decode("latin-1"),
            "isBase64Encoded": False,
        }
    )
    headers: dict[str, str] = reply["headers"]
    for cookie in reply.get("cookies", []):  # the page sets one
        headers = {**headers, "Set-Cookie": cookie}
    return Response(reply["statusCode"], _bytes_of(reply), headers)


def _text_response(status: HTTPStatus, text: str) -> Response:
    return Response(status, f"{text}\n".encode(), {"Content-Type": "text/plain"})


def _bytes_of(reply: dict[str, Any]) -> bytes:
    from base64 import b64decode

    body: str = reply["body"]
    return b64decode(body) if reply["isBase64Encoded"] else body.encode()
