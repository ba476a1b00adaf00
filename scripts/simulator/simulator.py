"""The simulator as its users see it: start, change the history, make things go wrong."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts import loopback
from scripts.loopback import LoopbackServer

from .api import Api
from .clock import Clock, SystemClock
from .consent import AUTHORIZE_PATH, TOKEN_PATH, Consent
from .faults import Fault, FaultBook, damaged, instead_of
from .records import Activity
from .requestlog import LoggedRequest, RequestLog
from .store import ActivityStore
from .switches import Switches
from .tokens import READ, TokenAnswer, TokenOffice
from .wire import (
    Request,
    Response,
    fingerprint,
    html_response,
    scrub,
    scrubbed_query,
    typed_response,
)

_LIKELIEST = Switches()


class Simulator:
    """A Smashrun for one runner, on this machine only.

        with Simulator(seeded_history()) as sim:
            client = Client(sim.api_url, sim.issue_tokens()["access_token"])

    activities: the history, records as in Smashrun's answers, dirty ones included; it is copied.
    switches: the behaviours that are not established.
    clock: what time it is for Smashrun (default: the system's).
    seed: decides recordings that are made up, and the key that signs tokens.
    log: a file that gets one JSON object a request.
    port: 0 takes a free one.

    Leaving the `with` block raises what a `Fault.call` function raised.
    """

    def __init__(
        self,
        activities: Iterable[Mapping[str, Any]] = (),
        switches: Switches = _LIKELIEST,
        clock: Clock | None = None,
        seed: int = 1,
        log: Path | None = None,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.switches = switches
        self.failures: list[BaseException] = []
        self._seed = seed
        self._store = ActivityStore(activities, self.clock)
        self._office = TokenOffice(seed, self.clock, switches)
        self._api = Api(self._store, switches, self._office, self.clock, seed)
        self._consent = Consent(self._office)
        self._faults = FaultBook()
        self._host, self._port, self._log_path = host, port, log
        self._log = RequestLog(log)
        self._server: LoopbackServer | None = None

    # life

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken, ValueError for an address other than loopback."""
        if self._server is None:
            server = LoopbackServer(
                self.answer, self._host, self._port, name="SmashrunSimulator", report=self.failures.append
            )
            self._server, self._port = server.start(), server.port
        return self

    def stop(self) -> None:
        """Stop listening; the history, the log and the port number stay."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        self._log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None and self.failures:
            raise self.failures[0]

    # where it is

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`. Raises RuntimeError before the first start."""
        if self._port == 0:
            raise RuntimeError("the simulator is not started: use `with sim:` or sim.start()")
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """Base of the API, without a slash at the end."""
        return f"{self.base_url}/v1"

    @property
    def authorize_url(self) -> str:
        """The consent page, without parameters."""
        return self.base_url + AUTHORIZE_PATH

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return self.base_url + TOKEN_PATH

    @property
    def client_id(self) -> str:
        """Id of the one registered app; any http address on this machine is a registered redirect of it."""
        return self._office.client_id

    @property
    def client_secret(self) -> str:
        """Secret of that app, made from the seed."""
        return self._office.client_secret

    # tokens

    def issue_tokens(self, life_s: float | None = None, scope: str = READ) -> TokenAnswer:
        """A token answer as after a consent; `life_s`: life of the access token in seconds."""
        return self._office.issue_tokens(self.client_id, scope, life_s)

    def revoke(self, access_token: str) -> None:
        """The user withdraws the consent this token came from: it and its refresh token are dead."""
        self._office.revoke(access_token)

    def expire_access_tokens(self) -> None:
        """All access tokens issued so far are expired; refresh tokens work."""
        self._office.expire_access_tokens()

    def kill_refresh_tokens(self) -> None:
        """All refresh tokens issued so far are dead; access tokens work."""
        self._office.kill_refresh_tokens()

    # history

    @property
    def activities(self) -> list[Activity]:
        """Copies of the live records, newest start first."""
        return [copy.deepcopy(row.record) for row in self._store.live()]

    def add(self, activity: Mapping[str, Any]) -> Activity:
        """Upload a run; change times it lacks are set to now. Returns a copy of what is stored."""
        return self._store.add(activity)

    def edit(self, activity_id: int, touch: bool = True, **fields: Any) -> None:
        """Change fields; `touch=False` leaves `dateUpdatedUTC` alone, so that no change filter sees it."""
        self._store.edit(activity_id, touch, fields)

    def delete(self, activity_id: int) -> None:
        """The run vanishes from every list and leaves no trace there."""
        self._store.set_deleted(activity_id, True)

    def undelete(self, activity_id: int) -> None:
        """The run is back as it was; no change time moves."""
        self._store.set_deleted(activity_id, False)

    def resync(self, ids: Iterable[int] | None = None) -> None:
        """Mass re-sync: these runs (None: all) get a new `syncDateTimeUTC` and `dateUpdatedUTC`."""
        self._store.resync(ids)

    # faults and log

    def inject(self, fault: Fault) -> None:
        """Make something go wrong from now on."""
        self._faults.inject(fault)

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, in the order they were answered."""
        return self._log.all()

    def count(self, path: str = "") -> int:
        """How many logged requests have a path (after `/v1`) that starts so."""
        return sum(entry.path.startswith(path) for entry in self._log.all())

    # answering

    def answer(self, received: loopback.Request) -> Response:
        """Answer one request: for a server that stands before several of these."""
        if not received.is_whole:
            return typed_response(400)
        request = Request.of(received)
        started = self.clock.now()
        faults = self._faults.firing(request.short_path)
        try:
            answer = self._with_faults(request, faults)
        # A bug here or in a test's function: kept, so that the test fails and says why.
        except Exception as error:
            self.failures.append(error)
            answer = typed_response(500)
        path = "/auth/***" if request.short_path.startswith("/auth/") else scrub(request.short_path)
        in_url = request.query.get("access_token")
        # Before the answer leaves: a client that has it finds the request in the log.
        self._log.add(
            LoggedRequest(
                method=request.method,
                path=path,
                query=scrubbed_query(request.query),
                status=0 if answer.delivery == "drop" else answer.status,
                started=started,
                token=fingerprint(request.bearer or in_url),
                token_in_url=in_url is not None,
                faults=tuple(fault.what for fault in faults),
            )
        )
        # The simulator's own time, so that a client that compares Retry-After dates with it is not misled.
        date = format_datetime(self.clock.now(), usegmt=True)
        return replace(answer, headers={"Date": date, **answer.headers})

    def _with_faults(self, request: Request, faults: list[Fault]) -> Response:
        replaced: Response | None = None
        for fault in faults:
            if fault.what == "call" and fault.fn is not None:
                fault.fn(self)
            elif fault.what == "expire_token":
                self._office.expire_access_tokens()
            elif fault.what == "revoke_all":
                self._office.expire_access_tokens()
                self._office.kill_refresh_tokens()
            replaced = replaced or instead_of(fault, self.switches)
        answer = replaced or self._route(request)
        for fault in faults:
            answer = damaged(fault, answer)
        return answer

    def _route(self, request: Request) -> Response:
        if request.path.startswith("/v1/"):
            return self._api.handle(request)
        if request.path.startswith("/oauth2/"):
            return self._consent.handle(request)
        return html_response("Not here", "<h1>Not here</h1>", 404)
