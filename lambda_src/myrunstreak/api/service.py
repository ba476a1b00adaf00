"""From an event to an answer: bounds, keys, routes, representation, headers and one line of log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, Protocol, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from myrunstreak.analytics.engine import Engine
from myrunstreak.api import problems, swagger_ui
from myrunstreak.api.document import Access, make_document
from myrunstreak.api.headers import STRICT, cors_headers, merged, preflight_headers
from myrunstreak.api.parameters import DEFAULT_LIMIT
from myrunstreak.api.problems import Problem
from myrunstreak.api.representation import Representation, is_known, represented, wants_csv
from myrunstreak.api.request import Request
from myrunstreak.api.routes import DOCUMENT, LISTS, STATUS, VERSION, make_resolver
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock, utc_now
from myrunstreak.redaction import redacted
from myrunstreak.store.published import PublishedDatabase, Reading

_FORMAT: Final = "format"
# Lambda carries 6 MB as one JSON text with its headers.
LARGEST_ANSWER: Final = 5_500_000

_log = logging.getLogger(__name__)


class Keys(Protocol):
    """Who may read."""

    def accepts(self, authorization: str | None) -> bool:
        """Whether a request with this ``Authorization`` header may."""
        ...


@dataclass(frozen=True)
class _Answered:
    """Status, body and headers of an answer, and the route that gave it."""

    status: int
    body: str
    headers: Mapping[str, str]
    route: str
    is_base64: bool = False


class Api:
    """The API over one published record.

    Args:
        settings: the runner's choices, and who may read.
        published: the record.
        keys: who has a key.
        without_keys: answer everybody: for a server that only this machine can reach.
    """

    def __init__(
        self,
        settings: Settings,
        published: PublishedDatabase,
        keys: Keys,
        *,
        clock: Clock = utc_now,
        without_keys: bool = False,
    ) -> None:
        self._settings = settings
        self._published = published
        self._keys = keys
        self._clock = clock
        self._without_keys = without_keys
        self._resolver = make_resolver(self._answers, self._rows_of)
        middlewares: list[Callable[..., Any]] = [self._only_known_parameters, self._represent]
        cast("Any", self._resolver).use(middlewares=middlewares)
        # Powertools would log what it does not know, with every value that was asked for.
        self._resolver.exception_handler([NotFoundError, Exception])(self._keep_failure)
        # Powertools keeps the request that it works on in one place for all.
        self._turn = threading.Lock()
        self._asked: Request | None = None
        self._reading: Reading | None = None
        self._failure: Exception | None = None

    def answer(self, event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:
        """Answer one event of payload format 2.0; never raises."""
        began, request = time.perf_counter(), Request.of(event)
        try:
            answered = self._answered(request, event, context)
        except Problem as problem:
            answered = _of_problem(problem)
        except MyRunStreakError as error:
            problem = problems.problem_of(error)
            if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.warning("The API cannot answer: %s", redacted(str(error)))
            answered = _of_problem(problem)
        except Exception:
            _log.exception("The API failed")
            fault = Problem(
                HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of the program; its log says more."
            )
            answered = _of_problem(fault)
        cors = cors_headers(request.headers.get("origin"), self._settings.api_cors_origin)
        headers = merged(STRICT, answered.headers, cors)
        _log.info(
            "Answered",
            extra={
                "method": request.method[:10],
                "route": answered.route,
                "status": answered.status,
                "duration_ms": round((time.perf_counter() - began) * 1000, 1),
            },
        )
        is_head = request.method == "HEAD"
        return {
            "statusCode": int(answered.status),
            "headers": headers,
            "body": "" if is_head else answered.body,
            "isBase64Encoded": answered.is_base64 and not is_head,
        }

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        access: Access = "open" if self._without_keys else "keys"
        if access == "keys" and self._settings.api_public_status:
            access = "keys but for status"
        return make_document(self._resolver, access)

    # -- steps ------------------------------------------------------------------------------------

    def _answered(self, request: Request, event: Mapping[str, Any], context: Any) -> _Answered:
        request.check_bounds()
        if request.path in swagger_ui.PATHS:
            request.check_method()
            return self._page(request)
        if not (request.path == VERSION or request.path.startswith(f"{VERSION}/")):
            raise problems.not_found(request.path)
        allowed = self._settings.api_cors_origin
        if request.method == "OPTIONS" and allowed and request.headers.get("origin") == allowed:
            return _Answered(HTTPStatus.NO_CONTENT, "", preflight_headers(), "preflight")
        if not self._may_read(request):
            if not (request.path == STATUS and self._settings.api_public_status):
                raise problems.unauthorised()
            return self._for_anybody(request, event, context)
        return self._resolved(request, event, context)

    def _may_read(self, request: Request) -> bool:
        if self._without_keys:
            return True
        try:
            return self._keys.accepts(request.headers.get("authorization"))
        except MyRunStreakError as error:
            _log.warning("The keys cannot be read: %s", redacted(str(error)))
            raise problems.hidden(problems.problem_of(error)) from None

    def _for_anybody(self, request: Request, event: Mapping[str, Any], context: Any) -> _Answered:
        """The public status: what hinders it is told to the log only."""
        try:
            return self._resolved(request, event, context)
        except MyRunStreakError as error:
            _log.warning("The API cannot answer: %s", redacted(str(error)))
            raise problems.hidden(problems.problem_of(error)) from None

    def _resolved(self, request: Request, event: Mapping[str, Any], context: Any) -> _Answered:
        request.check_method()
        if request.path == DOCUMENT:
            if request.parameters:
                raise problems.unknown_parameters([name for name, _ in request.parameters], [])
            written = represented(self.document, listed=None, as_csv=False, path=DOCUMENT, parameters={})
            return _tagged(written, request, DOCUMENT)
        names = [name for name, _ in request.parameters]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise Problem(
                HTTPStatus.BAD_REQUEST, f"{', '.join(repeated)[:60]} is given more than once; give it once."
            )
        asked = {
            **event,
            "version": "2.0",
            "rawPath": request.path,
            "headers": dict(request.headers),
            "queryStringParameters": {name: value for name, value in request.parameters if name != _FORMAT},
            "requestContext": {"stage": "$default", "http": {"method": "GET", "path": request.path}},
        }
        # Whoever waits for a newer copy waits alone: turns are taken behind it.
        with self._published.read() as reading, self._turn:
            self._asked, self._reading, self._failure = request, reading, None
            reply = self._resolver.resolve(asked, context)
            if self._failure is not None:
                raise _told(self._failure, request)
        headers = dict(reply.get("headers") or {})
        route = headers.pop("X-Route", "")
        return _Answered(reply["statusCode"], reply["body"], headers, route)

    def _only_known_parameters(self, app: APIGatewayHttpResolver, next_middleware: Callable[..., Any]) -> Any:
        route = _route(app)
        known: list[str] = [one.alias for one in route.dependant.query_params]
        known += [_FORMAT] if route.path in LISTS else []
        assert self._asked is not None
        unknown = {name for name, _ in self._asked.parameters} - set(known)
        if unknown:
            raise problems.unknown_parameters(sorted(unknown), known)
        return next_middleware(app)

    def _represent(self, app: APIGatewayHttpResolver, next_middleware: Callable[..., Any]) -> Any:
        route, request = _route(app), self._asked
        assert request is not None
        listed = LISTS.get(route.path)
        as_csv = listed is not None and _asks_for_csv(request)
        answer = next_middleware(app).body
        written = represented(
            answer, listed=listed, as_csv=as_csv, path=request.path, parameters=dict(request.parameters)
        )
        if written.travels_as > LARGEST_ANSWER:
            raise problems.too_large(written.travels_as, LARGEST_ANSWER)
        tagged = _tagged(written, request, route.path)
        return Response(
            status_code=tagged.status,
            body=tagged.body,
            headers={**tagged.headers, "X-Route": route.openapi_path},
        )

    def _rows_of(self, limit: str | None) -> int | None:
        """The items of a page; None: all. A file of CSV is whole unless the question says otherwise."""
        if limit is None:
            assert self._asked is not None
            return None if _asks_for_csv(self._asked) else DEFAULT_LIMIT
        return None if limit == "all" else int(limit)

    def _keep_failure(self, error: Exception) -> Response[Any]:
        self._failure = self._failure or error  # what follows from the first one says nothing
        return Response(status_code=HTTPStatus.INTERNAL_SERVER_ERROR, body="")

    def _page(self, request: Request) -> _Answered:
        body, headers = swagger_ui.page_answer(request.path, lambda: self.document)
        if "gzip" in request.headers.get("accept-encoding", "").lower():
            packed = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return _Answered(
                HTTPStatus.OK, swagger_ui.compressed(body), headers | packed, "page", is_base64=True
            )
        return _Answered(HTTPStatus.OK, body.decode(), headers, "page")

    @contextmanager
    def _answers(self) -> Generator[Engine]:
        reading = self._reading
        assert reading is not None
        yield Engine(
            reading.connection,
            now=self._clock(),
            settings=self._settings,
            freshness=reading.freshness,
            definitions=reading.definitions,
        )


def _route(app: APIGatewayHttpResolver) -> Any:
    return cast("Any", app).context["_route"]


def _asks_for_csv(request: Request) -> bool:
    chosen = dict(request.parameters).get(_FORMAT)
    if chosen is None:
        return wants_csv(request.headers.get("accept"))
    if chosen not in {"json", "csv"}:
        raise Problem(HTTPStatus.BAD_REQUEST, f"format is {chosen[:20]!r}; accepted: json or csv.")
    return chosen == "csv"


def _tagged(written: Representation, request: Request, route: str) -> _Answered:
    headers = {**written.headers, "ETag": written.tag}
    if is_known(written.tag, request.headers.get("if-none-match")):
        headers.pop("Content-Type")
        return _Answered(HTTPStatus.NOT_MODIFIED, "", headers, route)
    return _Answered(HTTPStatus.OK, written.body, headers, route)


def _of_problem(problem: Problem) -> _Answered:
    headers = {"Content-Type": problems.CONTENT_TYPE, **problem.headers}
    return _Answered(problem.status.value, problem.body, headers, "problem")


def _told(error: Exception, request: Request) -> Exception:
    """Powertools' errors as ours; whatever else it is, itself."""
    match error:
        case RequestValidationError():
            return problems.problem_of_parameters(error)
        case NotFoundError():
            return problems.not_found(request.path)
        case _:
            return error
