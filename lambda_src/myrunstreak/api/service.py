"""From an event to an answer: bounds, keys, routes, representation, headers and one line of log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from myrunstreak.api import pages, problems
from myrunstreak.api.door import Door, Keys
from myrunstreak.api.headers import STRICT, cors_headers, merge, preflight_headers
from myrunstreak.api.paths import DOCUMENT, STATUS, VERSION
from myrunstreak.api.problems import Problem, hide_reasons
from myrunstreak.api.reply import Reply, of_problem, packed, tagged
from myrunstreak.api.representation import represent
from myrunstreak.api.request import Request
from myrunstreak.api.site import Site
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock, utc_now
from myrunstreak.page.refreshing import Starter
from myrunstreak.redaction import redact

if TYPE_CHECKING:
    from myrunstreak.api.questions import Questions
    from myrunstreak.store.published import PublishedDatabase

_log = logging.getLogger(__name__)


class Beside(Protocol):
    """Paths beside the record's own."""

    def answers(self, path: str) -> bool:
        """Whether a path is one of them."""
        ...

    def reply(self, request: Request, door: Door) -> Reply:
        """The answer to a request for one of them; the door tells who asks.

        Raises:
            Problem, MyRunStreakError: it cannot be answered.
        """
        ...


def answer_event(
    event: Mapping[str, Any], reply_to: Callable[[Request], Reply], allowed_origin: str | None
) -> dict[str, Any]:
    """Answer one event of payload format 2.0, errors included; never raises.

    Args:
        allowed_origin: whose pages elsewhere may read the answer.
    """
    began, request = time.perf_counter(), Request.of(event)
    try:
        reply = reply_to(request)
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
    cors = cors_headers(request.headers.get("origin"), allowed_origin)
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


class Api:
    """The API over one published record.

    Args:
        settings: the runner's choices, and who may read.
        published: the record.
        keys: tell which callers may read.
        starter: starts a short sync for the page; None: it cannot be started from here.
        without_keys: answer any caller: for a server that only this machine can reach.
        beside: further paths, which are not about the record alone.
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
        beside: Beside | None = None,
    ) -> None:
        self._beside = beside
        self._settings = settings
        self._published = published
        self._keys = keys
        self._clock = clock
        self._without_keys = without_keys
        self._site = Site(settings, keys, starter, clock=clock, without_keys=without_keys)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one event of payload format 2.0; never raises."""
        return answer_event(event, self.reply, self._settings.api_cors_origin)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        from myrunstreak.api.document import Access, make_document

        access: Access = "open" if self._without_keys else "keys"
        if access == "keys" and self._settings.api_public_status:
            access = "keys but for status"
        return make_document(access)

    def reply(self, request: Request) -> Reply:
        """The answer to a request.

        Raises:
            Problem, MyRunStreakError: it cannot be answered.
        """
        request.check_bounds()
        if pages.is_open(request.path):
            request.check_method()
            return self._page(request)
        if self._site.answers(request.path):
            return self._site.reply(request)
        if self._beside is not None and self._beside.answers(request.path):
            return self._beside.reply(request, self._site.door)
        if not (request.path == VERSION or request.path.startswith(f"{VERSION}/")):
            raise problems.not_found(request.path)
        allowed = self._settings.api_cors_origin
        if request.method == "OPTIONS" and allowed and request.headers.get("origin") == allowed:
            return Reply(HTTPStatus.NO_CONTENT, headers=preflight_headers(), route="preflight")
        if self._without_keys:
            return self._answer(request)
        with hide_reasons("The keys cannot be read"):
            has_key = self._keys.accepts(request.headers.get("authorization"))
        if has_key:
            return self._answer(request)
        if request.path != STATUS or not self._settings.api_public_status:
            raise problems.unauthorised()
        with hide_reasons("The API cannot answer"):
            return self._answer(request)

    # -- steps ------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Reply:
        request.check_method()
        if request.path != DOCUMENT:
            return self._questions.answer(request)
        if request.parameters:
            raise problems.unknown_parameters([name for name, _ in request.parameters], [])
        written = represent(self.document, listed=None, as_csv=False, path=DOCUMENT, parameters={})
        return tagged(written, request, DOCUMENT)

    @cached_property
    def _questions(self) -> Questions:
        """Loaded when the first question is asked: the page asks none."""
        from myrunstreak.api.questions import Questions

        return Questions(self._settings, self._published, self._clock)

    def _page(self, request: Request) -> Reply:
        body, headers = pages.answer(request.path, lambda: self.document)
        return packed(request, body, headers, "page")
