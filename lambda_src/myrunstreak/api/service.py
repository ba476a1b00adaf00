"""From an event to an answer: bounds, keys, routes, representation, headers and one line of log."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.memory import Memory, RememberingDatabase
from myrunstreak.api import pages, problems
from myrunstreak.api.door import Keys
from myrunstreak.api.headers import STRICT, cors_headers, merge, preflight_headers
from myrunstreak.api.problems import Problem
from myrunstreak.api.reply import Reply, of_problem, packed
from myrunstreak.api.representation import Representation, matches, represent
from myrunstreak.api.request import FORMAT, Request
from myrunstreak.api.router import InvalidParameters
from myrunstreak.api.routes import DOCUMENT, LISTS, ROUTES, STATUS, VERSION, Asked
from myrunstreak.api.site import Site
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock, utc_now
from myrunstreak.page.refreshing import Starter
from myrunstreak.redaction import redact
from myrunstreak.store.blobs.port import Version
from myrunstreak.store.published import PublishedDatabase, Reading

# Lambda carries 6 MB as one JSON text with its headers.
LARGEST_ANSWER: Final = 5_500_000

_log = logging.getLogger(__name__)


class Api:
    """The API over one published record.

    Args:
        settings: the runner's choices, and who may read.
        published: the record.
        keys: tell which callers may read.
        starter: starts a short sync for the page; None: it cannot be started from here.
        without_keys: answer any caller: for a server that only this machine can reach.
    """

    def __init__(
        self,
        settings: Settings,
        published: PublishedDatabase,
        keys: Keys,
        starter: Starter | None = None,
        *,
        clock: Clock = utc_now,
        without_keys: bool = False,
    ) -> None:
        self._settings = settings
        self._published = published
        self._keys = keys
        self._clock = clock
        self._without_keys = without_keys
        self._site = Site(settings, keys, starter, clock=clock, without_keys=without_keys)
        self._memory: tuple[Version | None, Memory] = (None, Memory())

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one event of payload format 2.0; never raises."""
        began, request = time.perf_counter(), Request.of(event)
        try:
            reply = self._reply(request)
        except Problem as problem:
            reply = of_problem(problem)
        except MyRunStreakError as error:
            problem = problems.problem_of(error)
            if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.warning("The API cannot answer: %s", redact(str(error)))
            reply = of_problem(problem)
        except Exception:
            _log.exception("The API failed")
            fault = "This is a fault of the program; its log says more."
            reply = of_problem(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, fault))
        cors = cors_headers(request.headers.get("origin"), self._settings.api_cors_origin)
        _log.info(
            "Answered",
            extra={
                "method": request.method[:10],
                "route": reply.route,
                "status": reply.status,
                "duration_ms": round((time.perf_counter() - began) * 1000, 1),
            },
        )
        is_head = request.method == "HEAD"
        return {
            "statusCode": int(reply.status),
            "headers": merge(STRICT, reply.headers, cors),
            "body": "" if is_head else reply.body,
            "isBase64Encoded": reply.is_base64 and not is_head,
            **({"cookies": [*reply.cookies]} if reply.cookies else {}),
        }

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        from myrunstreak.api.document import Access, make_document

        access: Access = "open" if self._without_keys else "keys"
        if access == "keys" and self._settings.api_public_status:
            access = "keys but for status"
        return make_document(access)

    # -- steps ------------------------------------------------------------------------------------

    def _reply(self, request: Request) -> Reply:
        request.check_bounds()
        if pages.is_open(request.path):
            request.check_method()
            return self._page(request)
        if self._site.answers(request.path):
            return self._site.reply(request)
        if not (request.path == VERSION or request.path.startswith(f"{VERSION}/")):
            raise problems.not_found(request.path)
        allowed = self._settings.api_cors_origin
        if request.method == "OPTIONS" and allowed and request.headers.get("origin") == allowed:
            return Reply(HTTPStatus.NO_CONTENT, headers=preflight_headers(), route="preflight")
        if self._without_keys:
            return self._answer(request)
        with _hide_reasons("The keys cannot be read"):
            has_key = self._keys.accepts(request.headers.get("authorization"))
        if has_key:
            return self._answer(request)
        if request.path != STATUS or not self._settings.api_public_status:
            raise problems.unauthorised()
        with _hide_reasons("The API cannot answer"):
            return self._answer(request)

    def _answer(self, request: Request) -> Reply:
        request.check_method()
        if request.path == DOCUMENT:
            if request.parameters:
                raise problems.unknown_parameters([name for name, _ in request.parameters], [])
            written = represent(self.document, listed=None, as_csv=False, path=DOCUMENT, parameters={})
            return _tag(written, request, DOCUMENT)
        names = [name for name, _ in request.parameters]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise Problem(
                HTTPStatus.BAD_REQUEST, f"{', '.join(repeated)[:60]} is given more than once; give it once."
            )
        found = ROUTES.find(request.path)
        if found is None:
            raise problems.not_found(request.path)
        route, in_path = found
        try:
            values = route.read(in_path, dict(request.parameters))
        except InvalidParameters as invalid:
            raise problems.problem_of_parameters(invalid.problems) from None
        listed = LISTS.get(route.path)
        known = route.query + ([FORMAT] if listed else [])
        if unknown := {*names} - {*known}:
            raise problems.unknown_parameters(sorted(unknown), known)
        as_csv = listed is not None and request.asks_for_csv()
        with self._published.read() as reading:
            answer = route.function(Asked(self._open_engine(reading), as_csv), **values)
        written = represent(
            answer.model_dump(mode="json", by_alias=True),
            listed=listed,
            as_csv=as_csv,
            path=request.path,
            parameters=dict(request.parameters),
        )
        if written.travels_as > LARGEST_ANSWER:
            raise problems.too_large(written.travels_as, LARGEST_ANSWER)
        return _tag(written, request, route.template)

    def _open_engine(self, reading: Reading) -> Engine:
        version, memory = self._memory
        if version != reading.version:
            memory = Memory()
            self._memory = (reading.version, memory)
        return Engine(
            RememberingDatabase(reading.prepared, memory),
            now=self._clock(),
            settings=self._settings,
            freshness=reading.freshness,
            definitions=reading.definitions,
        )

    def _page(self, request: Request) -> Reply:
        body, headers = pages.answer(request.path, lambda: self.document)
        return packed(request, body, headers, "page")


@contextmanager
def _hide_reasons(what: str) -> Generator[None]:
    """Tell a caller without a key nothing of what went wrong: that is for the log."""
    try:
        yield
    except MyRunStreakError as error:
        _log.warning("%s: %s", what, redact(str(error)))
        raise problems.hidden(problems.problem_of(error)) from None


def _tag(written: Representation, request: Request, route: str) -> Reply:
    headers = {**written.headers, "ETag": written.tag}
    if matches(written.tag, request.headers.get("if-none-match")):
        headers.pop("Content-Type")
        return Reply(HTTPStatus.NOT_MODIFIED, "", headers, route)
    return Reply(HTTPStatus.OK, written.body, headers, route)
