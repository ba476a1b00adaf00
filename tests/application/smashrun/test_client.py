"""The client against the simulator, over real HTTP."""

from __future__ import annotations

import json
import logging
import math
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from myrunstreak.errors import (
    MyRunStreakError,
    NotFound,
    RateLimited,
    ReauthorisationRequired,
    SourceUnavailable,
)
from myrunstreak.smashrun.client import SmashrunClient
from myrunstreak.smashrun.limiter import RequestLimiter

from scripts.simulator import FakeClock, Fault, Simulator, Switches
from tests.stage.fakes import OneToken

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LISTS = "/my/activities/search"


def runs(count: int) -> list[dict[str, Any]]:
    """A history of so many plain runs, one a day."""
    return [
        {
            "activityId": 1000 + number,
            "distance": 5.0,
            "duration": 1500.0,
            "hasDetails": 1,
            "startDateTimeLocal": f"{NOW - timedelta(days=number + 1):%Y-%m-%dT07:00:00}+00:00",
            "dateUpdatedUTC": f"{NOW - timedelta(days=number + 1):%Y-%m-%dT09:00:00}",
        }
        for number in range(count)
    ]


class Bench:
    """A simulator, a clock shared with the client, and the client's tokens."""

    def __init__(self, sim: Simulator, clock: FakeClock) -> None:
        self.sim = sim
        self.clock = clock
        self.tokens = OneToken(sim.issue_tokens()["access_token"])
        self.left_s = math.inf
        self.client = self.another()

    def another(self, window: dict[str, int] | None = None) -> SmashrunClient:
        """One more client, as in another invocation."""
        return SmashrunClient(
            self.sim.api_url,
            self.tokens,
            RequestLimiter(window, clock=self.clock.now),
            clock=self.clock.now,
            sleep=self.clock.advance,
            seconds_left=lambda: self.left_s,
            timeout=(2, 5),
        )

    def walk(self) -> list[int]:
        """The ids that a whole walk brings."""
        return [record["activityId"] for record in self.client.activities()]


def bench(count: int = 0, switches: Switches | None = None) -> Iterator[Bench]:
    """A running simulator with its client."""
    clock = FakeClock(NOW)
    with Simulator(runs(count), switches or Switches(), clock) as sim:
        yield Bench(sim, clock)


@pytest.fixture
def small() -> Iterator[Bench]:
    """250 runs: two full pages and a half one."""
    yield from bench(250)


def test_a_walk_ends_at_the_empty_page_and_not_at_a_short_one(small: Bench) -> None:
    """Three pages with content, one request more, in order."""
    pages = list(small.client.pages())
    assert [(page.number, page.size) for page in pages] == [(0, 100), (1, 100), (2, 50)]
    assert small.client.requests_sent == small.client.list_requests == 4
    assert {"extended"} == {page.form for page in pages}


def test_a_server_with_smaller_pages_is_read_to_the_end() -> None:
    """The largest page is unknown: 30 rows a page are as good as 100."""
    for place in bench(250, Switches(largest_page=30)):
        assert len(set(place.walk())) == 250


def test_bodies_are_handed_on_verbatim(small: Bench) -> None:
    """The bytes are those that Smashrun sent, unknown fields and odd numbers included."""
    body = next(small.client.pages()).body
    assert isinstance(body, bytes)
    assert [record["activityId"] for record in json.loads(body)][:2] == [1000, 1001]


def test_a_walk_can_be_resumed_at_a_later_page(small: Bench) -> None:
    """Page 2 is the last one."""
    assert [page.number for page in small.client.pages(first_page=2)] == [2]


def test_changed_since_filters_on_the_time_of_change_in_whole_seconds(small: Bench) -> None:
    """The changes of three days, asked for as an integer epoch in UTC."""
    since = NOW - timedelta(days=3, microseconds=1)
    assert sum(page.size for page in small.client.pages(since)) == 2
    first = small.sim.requests[0]
    assert first.query["fromDateUTC"] == str(int((NOW - timedelta(days=3)).timestamp()) - 1)
    assert "fromDate" not in first.query


def test_a_run_uploaded_during_the_walk_makes_no_repeat(small: Bench) -> None:
    """The list shifts by one row; every old run still comes exactly once."""
    new = runs(1)[0] | {"activityId": 9999, "startDateTimeLocal": "2026-05-01T08:00:00+00:00"}
    small.sim.inject(Fault.call(lambda sim: sim.add(new), path=LISTS, at=1))
    ids = small.walk()
    assert len(ids) == len(set(ids))
    assert set(ids) >= set(range(1000, 1250))


@pytest.mark.parametrize(
    "kind", ["status", "truncated_json", "broken_json", "html_body", "drop", "drop_midway", "not_a_list"]
)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_one_fault_anywhere_is_survived(small: Bench, kind: str, at: int) -> None:
    """At the first, a middle and the last request of a walk."""
    code = {"code": 503} if kind == "status" else {}
    make = getattr(Fault, kind)
    small.sim.inject(make(*code.values(), path=LISTS, at=at))
    assert small.walk() == list(range(1000, 1250))
    assert small.client.requests_sent == 5


@pytest.mark.parametrize("kind", ["truncated_json", "html_body", "drop", "not_a_list"])
def test_a_fault_that_stays_is_the_sources(small: Bench, kind: str) -> None:
    """After the bounded tries; pages that came before were handed on."""
    small.sim.inject(getattr(Fault, kind)(path=LISTS, at=1, times=None))
    walk = small.client.pages()
    assert next(walk).number == 0
    with pytest.raises(SourceUnavailable):
        next(walk)
    assert small.client.requests_sent == 5


def test_a_server_that_ignores_the_page_is_found_out(small: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Endless repeats of the same full page end the walk with an error instead of never."""
    get = small.client._get
    first: list[Any] = []

    def same(path: str, read: Any, query: Any = None, *, is_list: bool = False) -> Any:
        if not first:
            first.append(get(path, read, query, is_list=is_list))
        return first[0]

    monkeypatch.setattr(small.client, "_get", same)
    with pytest.raises(SourceUnavailable, match="does not end"):
        list(small.client.pages())


def test_a_whole_page_of_uploads_during_the_walk_does_not_end_it() -> None:
    """An import of exactly one page shifts the list so that one page brings nothing new."""
    for place in bench(250):
        later = [
            run | {"activityId": 5000 + i, "startDateTimeLocal": "2026-05-01T08:00:00+00:00"}
            for i, run in enumerate(runs(100))
        ]
        place.sim.inject(Fault.call(lambda sim, new=later: [sim.add(run) for run in new], path=LISTS, at=1))
        assert set(place.walk()) >= set(range(1000, 1250))


def test_a_smashrun_without_the_extended_form_is_read_in_summaries() -> None:
    """One 404, then the other form for the rest of the client's life."""
    for place in bench(250, Switches(extended_form=False)):
        assert {"summary"} == {page.form for page in place.client.pages()}
        assert place.client.requests_sent == 5
        list(place.client.pages())
        assert place.client.requests_sent == 9


def test_a_404_in_mid_walk_does_not_change_the_form(small: Bench) -> None:
    """The form has answered before, so it is known: summaries would blank out what is stored."""
    small.sim.inject(Fault.status(404, path=LISTS, at=2, times=None))
    with pytest.raises(SourceUnavailable):
        list(small.client.pages())


def test_ids_come_in_one_request(small: Bench) -> None:
    """All of them, without paging."""
    assert small.client.ids() == frozenset(range(1000, 1250))
    assert small.client.requests_sent == small.client.list_requests == 1
    assert small.sim.requests[0].query == {}


@pytest.mark.parametrize("body", ['{"ids": []}', "", "null", "7", '"x"'])
def test_anything_but_a_list_is_not_taken_for_ids(small: Bench, body: str) -> None:
    """An answer that is not understood must never lead to deletes."""
    small.sim.inject(Fault.status(200, path="/my/activities/search/ids", times=None, body=body))
    with pytest.raises(SourceUnavailable):
        small.client.ids()


ODD_IDS = [
    "null", "true", "1.5", '"x"', '""', "[1]", "{}", "1e400", "NaN", "9223372036854775808", '"' + 25 * "9" + '"',
    "1e17", '"1.5"', '"\\u0663"',
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_element_that_is_no_id_is_counted(small: Bench, odd: str) -> None:
    """The others are ids all the same; a later list begins its own count."""
    small.sim.inject(Fault.status(200, path="/my/activities/search/ids", body=f"[7, {odd}, 8]"))
    assert (frozenset({7, 8}), 1) == (small.client.ids(), small.client.odd_ids)
    small.client.ids()
    assert 0 == small.client.odd_ids


@pytest.mark.parametrize("text", ["7", '"7"', "7.0", '" 7 "', "7e0"])
def test_an_id_may_be_written_in_several_ways(small: Bench, text: str) -> None:
    """As a whole number, as a whole float, as a text of digits."""
    small.sim.inject(Fault.status(200, path="/my/activities/search/ids", body=f"[{text}]"))
    assert (frozenset({7}), 0) == (small.client.ids(), small.client.odd_ids)


def test_ids_may_be_text_and_large(small: Bench) -> None:
    """Beyond 2^31, as numbers or numeric text."""
    small.sim.inject(Fault.status(200, path="/my/activities/search/ids", body='["7", 8589934592]'))
    assert small.client.ids() == frozenset({7, 8589934592})


def test_odd_but_legal_json_is_accepted(small: Bench) -> None:
    """NaN and numbers beyond all bounds are no reason to lose a page; the body stays as it was."""
    body = '[{"activityId": 1, "distance": NaN, "calories": 1e400, "humidity": ' + "9" * 5000 + "}]"
    small.sim.inject(Fault.status(200, path=LISTS, body=body))
    page = next(small.client.pages())
    assert page.body == body.encode()
    assert page.size == 1


def test_records_without_an_id_are_all_handed_on(small: Bench) -> None:
    """They cannot be told apart by id, and none may be dropped."""
    body = '[{"distance": 1}, {"distance": 2}, {"activityId": null}, {"activityId": 1}, {"activityId": "1"}]'
    small.sim.inject(Fault.status(200, path=LISTS, body=body))
    small.sim.inject(Fault.status(200, path=LISTS, at=1, body="[]"))
    assert len(list(small.client.activities())) == 4


def test_a_refused_token_is_renewed_once_and_the_walk_goes_on(small: Bench) -> None:
    """The token ends in mid-walk."""
    renewed: list[str] = []

    def expire(sim: Simulator) -> None:
        sim.expire_access_tokens()
        renewed.append(sim.issue_tokens()["access_token"])
        small.tokens.renewals = renewed

    small.sim.inject(Fault.call(expire, path=LISTS, at=1))
    assert len(small.walk()) == 250
    assert len(small.tokens.dead) == 1


def test_a_second_refusal_asks_for_a_human(small: Bench) -> None:
    """The renewed token is refused too."""
    small.sim.inject(Fault.status(401, times=None))
    small.tokens.renewals = ["another"]
    with pytest.raises(ReauthorisationRequired, match="myrunstreak auth"):
        small.client.userinfo()
    assert small.client.requests_sent == 2


def test_a_missing_scope_is_named(small: Bench) -> None:
    """403 means that only the runner can help."""
    small.sim.inject(Fault.status(403))
    with pytest.raises(ReauthorisationRequired, match="read_activity"):
        small.client.userinfo()


def test_an_unknown_run_is_not_found(small: Bench) -> None:
    """A deleted id answers 404."""
    with pytest.raises(NotFound):
        small.client.detail(1)


def test_the_detail_of_another_run_is_refused(small: Bench) -> None:
    """A mixed-up answer must not be stored under the wrong run."""
    small.sim.inject(Fault.status(200, path="/my/activities/{id}$", body='{"activityId": 7}', times=None))
    with pytest.raises(SourceUnavailable, match="another activity"):
        small.client.detail(1000)


def test_detail_splits_and_profile_are_read(small: Bench) -> None:
    """One request each, none of them a list."""
    assert json.loads(small.client.detail(1000))["recordingKeys"]
    assert isinstance(json.loads(small.client.splits(1000, "km")), list)
    assert isinstance(json.loads(small.client.splits(1000, "mi")), list)
    assert small.client.userinfo().display_name == "Sam Runner"
    assert small.client.requests_sent == 4
    assert small.client.list_requests == 0


def test_other_refusals_are_not_retried(small: Bench) -> None:
    """What Smashrun does not understand it will not understand the second time."""
    small.sim.inject(Fault.status(400, times=None))
    with pytest.raises(SourceUnavailable, match="status 400"):
        small.client.userinfo()
    assert small.client.requests_sent == 1


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_an_error(small: Bench, code: int) -> None:
    """The token does not follow it."""
    small.sim.inject(Fault.status(code, times=None))
    with pytest.raises(SourceUnavailable, match="redirects"):
        small.client.userinfo()
    assert small.client.requests_sent == 1


def test_a_throttled_walk_waits_and_counts(small: Bench) -> None:
    """Retry-After is obeyed on the injected clock."""
    small.sim.inject(Fault.rate_limited(retry_after=30, path=LISTS, at=1))
    assert len(small.walk()) == 250
    assert small.client.throttles == 1
    assert small.clock.now() >= NOW + timedelta(seconds=30)


def test_smashrun_never_has_to_throttle_us(small: Bench) -> None:
    """Three hundred requests on the simulator's real windows, and not one 429."""
    for _ in range(300):
        try:
            small.client.userinfo()
        except RateLimited as limited:  # longer than anybody should wait in a request: come back then
            small.clock.advance(limited.retry_after_s)
            small.client.userinfo()
    assert small.client.throttles == 0
    assert small.clock.now() > NOW + timedelta(hours=1)


def test_the_hour_is_shared_by_invocations(small: Bench) -> None:
    """The second client knows what the first one sent, and says so when it has no time to wait."""
    limiter = RequestLimiter({f"{NOW:%Y-%m-%dT%H:%MZ}": 240}, clock=small.clock.now)
    small.left_s = 100.0
    client = small.another(limiter.window())
    with pytest.raises(RateLimited) as caught:
        client.userinfo()
    assert 3500 < caught.value.retry_after_s < 3700
    assert client.requests_sent == 0


def test_smashruns_clock_is_known(small: Bench) -> None:
    """From the Date header of the last answer."""
    assert small.client.server_time is None
    small.client.userinfo()
    assert small.client.server_time == NOW


def test_no_token_shows_in_urls_or_reprs(small: Bench) -> None:
    """The simulator's log says whether a token came in a URL."""
    small.walk()
    small.client.ids()
    small.client.detail(1000)
    assert not any(request.token_in_url for request in small.sim.requests)
    assert small.tokens.token not in repr(small.client) + repr(list(small.client.pages()))


def test_no_failure_shows_the_token(small: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Every kind of failure, with everything its exception carries, and the libraries' logs at DEBUG."""
    caplog.set_level(logging.DEBUG)
    echo = f'{{"error": "{small.tokens.token}", "message": "{small.tokens.token}"}}'
    faults = [
        Fault.drop(times=None),
        Fault.drop_midway(times=None),
        Fault.truncated_json(times=None),
        Fault.rate_limited(retry_after=5000, times=None),
        *[Fault.status(code, times=None, body=echo) for code in (200, 302, 400, 403, 404, 500)],
    ]
    shown = ""
    for fault in faults:
        small.sim.clear_faults()
        small.sim.inject(fault)
        for act in (small.client.ids, small.client.userinfo, lambda: list(small.client.pages())):
            try:
                act()
            except MyRunStreakError as error:
                shown += "".join(traceback.format_exception(error)) + repr(error.__context__)
    assert "usable" in shown
    assert small.tokens.token not in shown + caplog.text


def test_a_full_history_needs_no_more_than_its_pages() -> None:
    """ceil(n / 100) + 3 list requests for 4,600 runs, the ids included."""
    for place in bench(4600):
        assert len(place.walk()) == 4600
        place.client.ids()
        assert place.client.list_requests <= 46 + 3
