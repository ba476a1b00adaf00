"""What the list calls answer, quirk by quirk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

Record = dict[str, Any]
SEARCH = "/my/activities/search"


def test_newest_start_comes_first_whatever_the_ids_say(simulate: Any, run: Callable[..., Record]) -> None:
    """Lists are ordered by start, so a late import of an old run stands at the end with a high id."""
    api = simulate([run(1), run(3), run(0, activityId=9_000_000), run(2)])
    assert api.ids() == [4_100_003, 4_100_002, 4_100_001, 9_000_000]


def test_without_count_and_page_everything_comes_at_once(simulate: Any, history: list[Record]) -> None:
    """No paging parameter means the whole history, whatever the largest page."""
    api = simulate(history, largest_page=10)
    assert 25 == len(api.get(SEARCH).json()) == len(api.get("/my/activities").json())


def test_a_page_past_the_end_is_an_empty_list(simulate: Any, history: list[Record]) -> None:
    """There is no total and no next link; the walk ends on 200 with `[]`."""
    answer = simulate(history).get(SEARCH, count=10, page=3)
    assert (answer.status_code, answer.json()) == (200, [])


def test_pages_hold_every_run_once(simulate: Any, history: list[Record]) -> None:
    """Pages start at 0 and neither overlap nor leave a gap."""
    api = simulate(history)
    walked = [i for page in range(3) for i in api.ids(count=10, page=page)]
    assert api.ids() == walked


def test_a_large_count_is_clamped_without_a_word(simulate: Any, history: list[Record]) -> None:
    """A short page is not the last page."""
    api = simulate(history, largest_page=10)
    assert [len(api.get(SEARCH, count=200, page=page).json()) for page in range(4)] == [10, 10, 5, 0]


def test_no_clamp_when_the_switch_says_so(simulate: Any, history: list[Record]) -> None:
    """largest_page=None lets any count through."""
    assert len(simulate(history, largest_page=None).get(SEARCH, count=1000).json()) == 25


def test_page_alone_uses_the_default_count(simulate: Any, history: list[Record]) -> None:
    """`page` without `count` pages by ten."""
    assert len(simulate(history).get(SEARCH, page=1).json()) == 10


def test_unknown_parameters_are_ignored(simulate: Any, history: list[Record]) -> None:
    """A misspelt filter returns everything."""
    assert len(simulate(history).get(SEARCH, since="2024-03-20", until="x").json()) == 25


@pytest.mark.parametrize("params", [{"count": "ten"}, {"count": 0}, {"page": -1}, {"fromDateUTC": "May"}])
def test_unreadable_parameters_are_malformed(simulate: Any, params: dict[str, object]) -> None:
    """A known parameter that is no number answers 400."""
    assert simulate([]).get(SEARCH, **params).status_code == 400


@pytest.mark.parametrize("form", ["full", "ids2", ""])
def test_an_unknown_form_is_not_found(simulate: Any, form: str) -> None:
    """Only search, ids, briefs and extended exist."""
    expected = 200 if form == "" else 404
    assert expected == simulate([]).get(f"{SEARCH}/{form}".rstrip("/")).status_code


def test_extended_can_be_a_form_that_does_not_exist(simulate: Any) -> None:
    """With the switch off, `/search/extended` is 404."""
    assert simulate([], extended_form=False).get(f"{SEARCH}/extended").status_code == 404


def test_summaries_hold_neither_extended_nor_detail_fields(simulate: Any, run: Callable[..., Record]) -> None:
    """A list item has summary fields alone, with every digit."""
    record = run(1, recordingKeys=["clock"], recordingValues=[[0]], laps=[], powerAverage=230)
    (item,) = simulate([record]).get(SEARCH).json()
    assert item["distance"] == 5.12345
    assert (
        not {"city", "elevationGain", "isCooperTest", "recordingKeys", "laps", "powerAverage"} & item.keys()
    )


def test_extended_adds_place_and_height_but_no_recording(simulate: Any, run: Callable[..., Record]) -> None:
    """The extended item is the summary and the E block."""
    (item,) = simulate([run(1)]).get(f"{SEARCH}/extended").json()
    assert (item["city"], item["elevationGain"], item["distance"]) == ("Port Example", 20, 5.12345)
    assert "recordingKeys" not in item


def test_extended_can_carry_recordings(simulate: Any, run: Callable[..., Record]) -> None:
    """With the switch on, the series are in the list."""
    (item,) = simulate([run(1)], extended_has_recordings=True).get(f"{SEARCH}/extended").json()
    assert len(item["recordingKeys"]) == len(item["recordingValues"]) > 3


def test_extended_fields_are_made_up_for_bare_records(simulate: Any, run: Callable[..., Record]) -> None:
    """A file of summaries still gets sun and moon."""
    bare = {
        k: v for k, v in run(1).items() if k not in ("city", "elevationGain", "elevationMin", "isCooperTest")
    }
    (item,) = simulate([bare]).get(f"{SEARCH}/extended").json()
    assert item["sunriseLocal"] < item["sunsetLocal"]
    assert 0 <= item["moonPhase"] < 1


def test_briefs_have_four_fields(simulate: Any, run: Callable[..., Record]) -> None:
    """Id, start, distance and duration."""
    (item,) = simulate([run(1)]).get(f"{SEARCH}/briefs").json()
    assert {"activityId", "startDateTimeLocal", "distance", "duration"} == item.keys()


def test_dirty_records_pass_through_untouched(simulate: Any, run: Callable[..., Record]) -> None:
    """What has no id, no start or odd keys is listed as it is; the ids form has only integer ids."""
    no_id = {
        k: v for k, v in run(2).items() if k not in ("activityId", "city", "elevationGain", "elevationMin")
    }
    del no_id["isCooperTest"]
    odd = {"activityId": "4100009", "startDateTimeLocal": "5. 5. 2024", "Überraschung": [1, {"a": None}]}
    api = simulate([no_id, odd, run(1)])
    listed = api.get(SEARCH).json()
    assert no_id in listed
    assert odd in listed
    assert api.ids() == [4_100_001]


def test_deleted_runs_leave_no_trace(simulate: Any, history: list[Record]) -> None:
    """No tombstone in any list, and changed-since does not report them; undelete brings the same run back."""
    api = simulate(history)
    before = api.get(SEARCH).json()
    api.sim.delete(4_100_005)
    assert 4_100_005 not in api.ids()
    for form in ("", "/briefs", "/extended"):
        assert len(api.get(SEARCH + form).json()) == 24
    assert api.get(SEARCH, fromDateUTC=int(api.sim.clock.now().timestamp())).json() == []
    api.sim.undelete(4_100_005)
    assert before == api.get(SEARCH).json()


def test_changed_since_sees_change_time_and_not_run_date(simulate: Any, run: Callable[..., Record]) -> None:
    """A late upload of an old run is found; a recent run that did not change is not."""
    api = simulate([run(20)])
    mark = api.sim.clock.now().timestamp()
    late = {k: v for k, v in run(0, activityId=5_000_000).items() if not k.endswith("UTC")}
    api.sim.add(late)
    assert api.ids(fromDateUTC=mark) == [5_000_000]


def test_an_edit_without_sync_time_is_a_change(simulate: Any, history: list[Record]) -> None:
    """dateUpdatedUTC moves, syncDateTimeUTC stays; an untouched edit is invisible to the filter."""
    api = simulate(history)
    api.sim.edit(4_100_003, notes="hills")
    api.sim.edit(4_100_004, touch=False, notes="silent")
    mark = api.sim.clock.now().timestamp()
    (item,) = api.get(SEARCH, fromDateUTC=mark).json()
    assert ("hills", history[3]["syncDateTimeUTC"]) == (item["notes"], item["syncDateTimeUTC"])
    assert api.get("/my/activities/4100004").json()["notes"] == "silent"


def test_a_mass_resync_changes_many_rows_at_once(simulate: Any, history: list[Record]) -> None:
    """New sync and change times, nothing else."""
    api = simulate(history)
    mark = api.sim.clock.now().timestamp()
    api.sim.resync(range(4_100_000, 4_100_012))
    assert len(api.ids(fromDateUTC=mark)) == 12
    api.sim.resync()
    assert len(api.ids(fromDateUTC=mark)) == 25


def test_the_bound_is_inclusive_unless_switched(simulate: Any, run: Callable[..., Record]) -> None:
    """A row exactly at the bound; fractional seconds count."""
    stamp = datetime(2024, 4, 1, 10, 0, 0, 500_000, tzinfo=UTC).timestamp()
    record = run(1, dateUpdatedUTC="2024-04-01T10:00:00.5")
    api, strict = simulate([record]), simulate([record], bound="exclusive")
    assert [4_100_001] == api.ids(fromDateUTC=stamp) == strict.ids(fromDateUTC=stamp - 0.25)
    assert [] == strict.ids(fromDateUTC=stamp) == api.ids(fromDateUTC=stamp + 0.25)


def test_from_date_is_the_local_wall_clock_read_as_utc(simulate: Any, run: Callable[..., Record]) -> None:
    """The reference's example: 10:00 at +02:00 is fromDate=1714557600 and fromDateUTC=1714550400."""
    api = simulate([run(1, dateUpdatedUTC="2024-05-01T08:00:00")])
    assert [4_100_001] == api.ids(fromDate=1714557600) == api.ids(fromDateUTC=1714550400)
    assert [] == api.ids(fromDate=1714557601) == api.ids(fromDateUTC=1714557600)


def test_filtering_by_sync_time_never_finds_manual_runs(simulate: Any, run: Callable[..., Record]) -> None:
    """With the switch, a null sync time matches no bound."""
    api = simulate([run(1), run(2, source="manual", syncDateTimeUTC=None)], filter_column="syncDateTimeUTC")
    assert api.ids(fromDateUTC=0) == [4_100_001]


def test_records_without_change_times_count_as_created_at_their_start(simulate: Any) -> None:
    """A file that lacks the UTC fields still works, and nothing is added to the raw record."""
    record = {
        "activityId": 7,
        "startDateTimeLocal": "2024-03-05T07:00:00+01:00",
        "distance": 5,
        "duration": 1500,
    }
    api = simulate([record])
    start = datetime(2024, 3, 5, 6, tzinfo=UTC).timestamp()
    assert api.ids(fromDateUTC=start) == [7]
    assert api.ids(fromDateUTC=start + 1) == []
    assert [record] == api.get(SEARCH).json()


def test_an_empty_account_answers_empty_lists(simulate: Any) -> None:
    """Nothing is an error about having no runs."""
    api = simulate([])
    assert [] == api.get(SEARCH).json() == api.ids() == api.get("/my/activities").json()
    assert api.get("/my/userinfo").json()["dateTimeUTCOfLastRun"] is None


def test_userinfo_tells_the_zone_and_the_last_run(simulate: Any, run: Callable[..., Record]) -> None:
    """The profile with the confirmed spellings."""
    info = simulate([run(1)]).get("/my/userinfo").json()
    assert (info["timeZoneOffsetMinutes"], info["dateTimeUTCOfLastRun"]) == (120, "2024-03-02T05:12:00")
    assert {"id", "userName", "firstName", "lastName", "unitDistance", "registrationDateUTC"} <= info.keys()
