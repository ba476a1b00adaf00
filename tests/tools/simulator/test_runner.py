"""The invented runner: reproducible, growing day by day, and as dirty as the real thing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from scripts.simulator import FakeClock, Simulator, load_activities, seeded_history
from scripts.simulator.life import LONGEST_STREAK

Record = dict[str, Any]
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def runs() -> list[Record]:
    """The history as of one day."""
    return seeded_history(1, TODAY)


def _days(runs: list[Record]) -> list[date]:
    texts = {str(run.get("startDateTimeLocal"))[:10] for run in runs}
    return sorted(date.fromisoformat(text) for text in texts if text[4:5] == "-")


def _streaks(days: list[date]) -> list[tuple[int, date, date]]:
    streaks: list[tuple[int, date, date]] = []
    first = before = days[0]
    for day in [*days[1:], date.max]:
        if day != before + timedelta(days=1):
            streaks.append(((before - first).days + 1, first, before))
            first = day
        before = day
    return sorted(streaks, reverse=True)


def test_the_same_seed_gives_the_same_bytes(runs: list[Record]) -> None:
    """And another seed another runner."""
    text = json.dumps(runs)
    assert text == json.dumps(seeded_history(1, TODAY))
    assert text != json.dumps(seeded_history(2, TODAY))


def test_tomorrow_is_today_and_one_day_more(runs: list[Record]) -> None:
    """Every run of today, ids included, and those that were uploaded since."""
    known = {json.dumps(run) for run in runs}
    tomorrow = seeded_history(1, TODAY + timedelta(days=1))
    new = [run for run in tomorrow if json.dumps(run) not in known]
    assert runs == [run for run in tomorrow if json.dumps(run) in known]
    assert {TODAY.isoformat()} == {run["startDateTimeLocal"][:10] for run in new}


def test_across_new_year_only_the_first_year_falls_away() -> None:
    """With a year more the history of 1 January holds that of 31 December."""
    old, new = seeded_history(1, date(2026, 12, 31)), seeded_history(1, date(2027, 1, 1), years=12)
    known = {json.dumps(run) for run in new}
    assert all(json.dumps(run) in known for run in old)


def test_the_streaks_are_as_promised(runs: list[Record]) -> None:
    """The longest ended years ago by one missed day; the current one is several hundred days and alive."""
    longest, second, *_ = _streaks(_days(runs))
    assert (1173, *LONGEST_STREAK) == longest
    assert (TODAY - timedelta(days=1)) == second[2]
    assert second[0] > 300
    assert LONGEST_STREAK[1] + timedelta(days=1) not in _days(runs)
    assert LONGEST_STREAK[1] + timedelta(days=2) in _days(runs)


def test_yesterday_has_always_been_uploaded_by_today() -> None:
    """On no day of 2026 does a late upload make the streak look broken."""
    runs = seeded_history(1, date(2026, 12, 31))
    firsts: dict[str, str] = {}
    for run in runs:
        day = str(run.get("startDateTimeLocal"))[:10]
        firsts[day] = min(firsts.get(day, "9"), run["dateCreatedUTC"][:10])
    assert [day for day, created in firsts.items() if day > "2026" and created > day] == []


def test_there_are_eleven_years_of_runs(runs: list[Record]) -> None:
    """Around 4,600 at the end of 2026, the first in January 2015, double days among them."""
    assert 4_500 < len(seeded_history(1, date(2026, 12, 31))) < 4_700
    assert (_days(runs)[0].year, _days(runs)[0].month) == (2015, 1)
    assert 250 < len(runs) - len(_days(runs)) < 700


def test_nothing_lies_in_the_future_of_today(runs: list[Record]) -> None:
    """All change times precede the day, so one day's sync sees few changed rows."""
    assert TODAY.isoformat() > max(run["dateUpdatedUTC"] for run in runs)
    recent = [run for run in runs if run["dateUpdatedUTC"] >= "2026-11-21"]
    assert 1 <= len(recent) <= 8


def test_a_datetime_adds_what_was_uploaded_by_then() -> None:
    """In the evening today's run is there, in the night not yet."""
    night = seeded_history(1, datetime(2026, 11, 23, 0, 1, tzinfo=UTC))
    evening = seeded_history(1, datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    assert seeded_history(1, TODAY) == night
    assert evening[0]["startDateTimeLocal"][:10] == "2026-11-23"


def test_ids_are_unique_and_ascend_with_the_upload(runs: list[Record]) -> None:
    """Not with the start: old runs that were imported late have high ids."""
    uploaded = sorted((r["dateCreatedUTC"], r["activityId"]) for r in runs if "activityId" in r)
    ids = [number for _, number in uploaded]
    assert sorted(set(ids)) == ids
    imported = [r for r in runs if str(r.get("startDateTimeLocal")).startswith("2015-04")]
    later = next(r for r in runs if str(r.get("startDateTimeLocal")).startswith("2015-12"))
    assert min(r["activityId"] for r in imported) > later["activityId"]


def test_the_three_that_cannot_be_stored_are_there_and_cost_no_day(runs: list[Record]) -> None:
    """No id, no start, and an unreadable start; each beside a sound run of its day."""
    assert sum("activityId" not in r for r in runs) == 1
    assert sum("startDateTimeLocal" not in r for r in runs) == 1
    assert sum("about noon" in str(r.get("startDateTimeLocal")) for r in runs) == 1
    days = _days(runs)
    assert {date(2022, 6, 6), date(2023, 3, 22), date(2024, 5, 5)} <= set(days)


def test_the_dirty_records_are_there(runs: list[Record]) -> None:
    """Unknown words, zeros, a wrong offset, null calories and a start at the last minute of a day."""
    starts = [str(r.get("startDateTimeLocal")) for r in runs]
    assert any(s.endswith("+14:00") for s in starts)
    assert any("T23:59:00" in s for s in starts)
    assert any(r["duration"] == 0 for r in runs)
    assert any(r["distance"] == 0 for r in runs)
    assert any(r["distance"] == 1.60934 for r in runs)
    assert any(r["calories"] is None for r in runs)
    assert any(r.get("weatherType") == "volcanicash" and r["howFelt"] == "Zen" for r in runs)


def test_missing_values_are_missing_the_way_smashrun_does_it(runs: list[Record]) -> None:
    """Weather exists exactly where coordinates do; manual runs have no details and a null sync time."""
    for run in runs:
        assert ("weatherType" in run) == ("startLatitude" in run) == (run["hasDetailsGPS"] == 1)
        assert (run["source"] == "manual") == (run["syncDateTimeUTC"] is None) == (run["hasDetails"] == 0)
        assert not {"recordingKeys", "recordingValues", "laps"} & run.keys()
        if run["isTreadmill"]:
            assert (run["terrain"], run["hasDetailsGPS"]) == ("treadmill", 0)
    assert {0, 1} == {run["isTreadmill"] for run in runs} == {run["isRace"] for run in runs}
    assert any("heartRateMax" in run and "heartRateAverage" not in run for run in runs)
    assert any("cadenceAverage" in run and "cadenceMin" not in run for run in runs)


def test_offsets_follow_home_and_the_trips(runs: list[Record]) -> None:
    """Summer and winter at home, other zones on trips; seconds are always 00."""
    starts = [s for r in runs if (s := str(r.get("startDateTimeLocal")))[4:5] == "-"]
    assert {"+01:00", "+02:00", "-08:00", "+05:30"} <= {s[19:] for s in starts}
    assert {"00"} == {s[17:19] for s in starts}
    assert "2018-10-28T01:30:00+02:00" in starts


def test_nobody_outruns_the_world(runs: list[Record]) -> None:
    """Average paces are those of a person: between 3:30 and 10 minutes a kilometre."""
    paces = [r["duration"] / r["distance"] for r in runs if r["distance"] and r["duration"]]
    assert min(paces) > 210
    assert max(paces) < 600


def test_a_whole_history_is_served_quickly(runs: list[Record]) -> None:
    """The simulator takes it as it is, dirty records included."""
    sim = Simulator(runs, clock=FakeClock(datetime(2026, 11, 23, 6, tzinfo=UTC)))
    assert runs == sim.activities


def test_a_file_is_read_plain_or_packed(tmp_path: Any, runs: list[Record]) -> None:
    """A JSON array, gzipped or not; anything else is one clear line."""
    import gzip

    plain, packed = tmp_path / "runs.json", tmp_path / "runs.json.gz"
    plain.write_text(json.dumps(runs[:20]))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert runs[:20] == load_activities(plain) == load_activities(packed)
    for text in ("{}", "[1]", "[", "\x1f\x8b"):
        plain.write_text(text)
        with pytest.raises(ValueError, match=r"runs\.json"):
            load_activities(plain)
