"""Renewing tokens at the simulator, with the pair in a file and in Secrets Manager, one or several at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Literal

import pytest
from myrunstreak.errors import ReauthorisationRequired
from myrunstreak.secrets import open_secret
from myrunstreak.secrets.document import JsonDocument
from myrunstreak.smashrun.client import SmashrunClient
from myrunstreak.smashrun.limiter import RequestLimiter
from myrunstreak.smashrun.oauth import SmashrunOAuth
from myrunstreak.smashrun.transport import Transport
from myrunstreak.tokens import TokenManager

from scripts.simulator import FakeClock, Fault, Simulator, Switches

Open = Callable[[], JsonDocument]
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEVEN_WEEKS_S = 7 * 7 * 86_400
Mode = Literal["same", "new", "rotate", "omit"]


def oauth_of(sim: Simulator, clock: FakeClock | None = None) -> SmashrunOAuth:
    """The app that the simulator knows; with a clock, its waits take no time."""
    way = Transport(sleep=clock.advance) if clock else None
    return SmashrunOAuth(sim.client_id, sim.client_secret, sim.token_url, sim.authorize_url, transport=way)


def manager(sim: Simulator, clock: FakeClock, secret: JsonDocument) -> TokenManager:
    """One more process's view of the pair."""
    return TokenManager("unused", oauth_of(sim, clock), secret=secret, clock=clock.now, sleep=clock.advance)


def authorise(sim: Simulator, clock: FakeClock, secret: JsonDocument) -> None:
    """Store a first pair, as after the runner's consent."""
    answer = sim.issue_tokens()
    manager(sim, clock, secret).initialize_tokens(
        answer["access_token"], answer["refresh_token"], answer["expires_in"]
    )


def works(sim: Simulator, token: str) -> bool:
    """Whether Smashrun accepts the token."""

    class Only:
        def get_valid_access_token(self) -> str:
            return token

        def force_refresh(self, dead_token: str) -> str:
            raise ReauthorisationRequired("refused")

    try:
        SmashrunClient(sim.api_url, Only(), RequestLimiter()).userinfo()
    except ReauthorisationRequired:
        return False
    return True


@pytest.mark.parametrize("mode", ["same", "new", "rotate", "omit"])
def test_a_year_of_renewals_never_needs_the_runner(open_it: Open, mode: Mode) -> None:
    """Whatever Smashrun's habit with refresh tokens, one renewal every seven weeks."""
    clock = FakeClock(START)
    with Simulator(switches=Switches(refresh=mode), clock=clock) as sim:
        authorise(sim, clock, open_it())
        for _ in range(8):
            clock.advance(SEVEN_WEEKS_S)
            under_test = manager(sim, clock, open_it())
            assert works(sim, under_test.get_valid_access_token())
            assert under_test.refreshes == 1


@pytest.mark.parametrize("mode", ["new", "rotate"])
@pytest.mark.parametrize("attempt", range(3))
def test_threads_that_renew_at_once_leave_a_working_pair(open_it: Open, mode: Mode, attempt: int) -> None:
    """Under strict rotation only one of them can succeed; all of them end up with a token that works."""
    clock = FakeClock(START)
    with Simulator(switches=Switches(refresh=mode), clock=clock) as sim:
        authorise(sim, clock, open_it())
        clock.advance(SEVEN_WEEKS_S)
        together = Barrier(4)

        def renew(_: int) -> str:
            under_test = TokenManager("unused", oauth_of(sim), secret=open_it(), clock=clock.now)
            together.wait()
            return under_test.get_valid_access_token()

        with ThreadPoolExecutor(4) as pool:
            tokens = list(pool.map(renew, range(4)))
        assert all(works(sim, token) for token in tokens)
        assert_pair_renews(sim, clock, open_it)


def _renew(reference: str, client: tuple[str, str, str], ready: object, out: object) -> None:
    oauth = SmashrunOAuth(*client)
    under_test = TokenManager(reference, oauth)
    ready.wait(30)  # type: ignore[attr-defined]
    out.put(under_test.force_refresh(str((open_secret(reference, "us-east-2").read() or {})["access_token"])))  # type: ignore[attr-defined]


def test_processes_that_renew_at_once_leave_a_working_pair(reference: str, open_it: Open) -> None:
    """Two real processes under strict rotation."""
    with Simulator(switches=Switches(refresh="rotate")) as sim:
        answer = sim.issue_tokens()
        TokenManager("unused", oauth_of(sim), secret=open_it()).initialize_tokens(
            answer["access_token"], answer["refresh_token"], answer["expires_in"]
        )
        context = multiprocessing.get_context("spawn")
        ready, out = context.Barrier(2), context.Queue()
        client = (sim.client_id, sim.client_secret, sim.token_url)
        workers = [context.Process(target=_renew, args=(reference, client, ready, out)) for _ in range(2)]
        for worker in workers:
            worker.start()
        tokens = [out.get(timeout=60) for _ in workers]
        for worker in workers:
            worker.join(30)
        assert all(works(sim, token) for token in tokens)
        stored = TokenManager("unused", oauth_of(sim), secret=open_it())
        assert works(sim, stored.force_refresh(stored.get_valid_access_token()))


def assert_pair_renews(sim: Simulator, clock: FakeClock, open_it: Open) -> None:
    """The stored pair works now and can be renewed once more."""
    stored = manager(sim, clock, open_it())
    assert works(sim, stored.get_valid_access_token())
    clock.advance(SEVEN_WEEKS_S)
    assert works(sim, manager(sim, clock, open_it()).get_valid_access_token())


def test_a_token_that_ends_in_mid_walk_is_renewed_and_saved(open_it: Open) -> None:
    """The walk goes on with the new one, and the next process finds it."""
    clock = FakeClock(START)
    with Simulator(switches=Switches(refresh="rotate"), clock=clock) as sim:
        authorise(sim, clock, open_it())
        tokens = manager(sim, clock, open_it())
        sim.inject(Fault.expire_token(path="/my/activities/search", at=0))
        client = SmashrunClient(
            sim.api_url, tokens, RequestLimiter(clock=clock.now), clock=clock.now, sleep=clock.advance
        )
        assert list(client.activities()) == []
        assert tokens.refreshes == 1
        assert works(sim, manager(sim, clock, open_it()).get_valid_access_token())


def test_a_withdrawn_consent_needs_the_runner_and_leaves_the_pair(open_it: Open) -> None:
    """Both tokens are dead; what is stored stays byte for byte."""
    clock = FakeClock(START)
    with Simulator(clock=clock) as sim:
        authorise(sim, clock, open_it())
        before = open_it().read()
        sim.inject(Fault.revoke_all(path="/my/userinfo"))
        client = SmashrunClient(sim.api_url, manager(sim, clock, open_it()), RequestLimiter())
        with pytest.raises(ReauthorisationRequired, match="myrunstreak auth"):
            client.userinfo()
        assert open_it().read() == before


def test_an_outage_of_the_token_endpoint_is_survived(open_it: Open) -> None:
    """The present token has weeks to live: the sync goes on and says so."""
    clock = FakeClock(START)
    with Simulator(clock=clock) as sim:
        authorise(sim, clock, open_it())
        clock.advance(SEVEN_WEEKS_S)
        sim.inject(Fault.status(503, path="/oauth2/token", times=None))
        under_test = manager(sim, clock, open_it())
        assert works(sim, under_test.get_valid_access_token())
        assert len(under_test.warnings) == 1
