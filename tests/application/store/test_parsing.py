"""The tolerant parser and the bulk loader are two readers of one field list: they must never disagree."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from myrunstreak.errors import MalformedRecord
from myrunstreak.smashrun.activity import DETAIL_FIELDS, Activity, columns, parse_activity

from tests.stage.drafts import Run, Shelf, open_database, rows, run
from tests.stage.examples import examples

_TEXTS = [
    "", "0", "-0", "12", "12.5", " 7 ", "5\t", "1e3", "1e999", "5_0", "+5", "+-5", "1.", ".5", "٣", "\xa05", "0x10",
    "nan", "-inf", "true", "yes", "abc", "volcanicash", "Unstoppable", "🏃" * 800, "a\x00b", "\ud800", "\\u0041",
    '"quoted"',
    "2024-05-01T05:31:12.347", "2024-05-01T05:31:12.123456789", "2024-05-01T05:31:12Z", "2024-05-01 05:31",
    "2024-05-01", "2024-02-30T00:00:00", "2024-05-01T24:00:00", "20240501T053112", "2024-W18-3", "1. 5. 2024",
    "2024-05-01T06:09:00+02:00", "2024-05-01T05:31:12+02:00", "0000-01-01T00:00:00", "infinity", "2024-5-1",
]  # fmt: skip
_NUMBERS = [0, 1, -1, 2**31 - 1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**25, 0.5, 1.5, -2.5,
    0.49999999999999994, 1e-320, 1e-5, 9e-6, 5000, 5000.1, 8_640_000, 8_640_001, 100_000, 100_001, -100_001, 254, 1000,
    1001, 1e34, 1e300, 1.7e308, float("nan"), float("inf"), float("-inf")]  # fmt: skip
_nested = st.sampled_from([[], {}, [1, 2], {"a": 1}, {"a": None}, [[None]], ["x"]])
odd_values = st.one_of(
    st.none(), st.booleans(), st.sampled_from(_NUMBERS), st.sampled_from(_TEXTS), _nested,
    st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=12), st.text("0123456789.eE+-_ ", max_size=8),
)  # fmt: skip

_STARTS = [
    "2024-05-01T07:12:00+02:00", "2024-02-29T23:59:00-05:00", "2023-02-29T07:00:00+01:00", "2024-05-01T07:12:00+14:00",
    "2024-05-01T07:12:00-12:00", "2024-05-01T07:12:00+15:00", "2024-05-01T07:12:00+05:45", "2024-05-01T07:12:00Z",
    "2024-05-01T07:12:00", "2024-05-01T07:12", "2024-05-01", "2024-05-01 07:12:00+0200", "2024-05-01T07:12:00.5+02:00",
    "2024-05-01T00:00:00-00:30", "2024-12-31T23:59:59.999Z", "0001-01-01T00:00:00", "1899-12-31T00:00:00",
    "2024-13-01T00:00:00",
    "2024-05-01T24:00:00", "2024-05-01T07:12:60", "2024-05-01T07:12:00+2:00", "2024-05-01T07:12:00+02:00\n", "٢٠٢٤-05-01",
    "1. 5. 2024, about noon", "2024-05-01T07:12:00 +02:00", "2024-05-01X07:12", "2024-05-01T07:12:00+02:60",
    "2999-01-01T00:00:00",
]  # fmt: skip
_KNOWN = [field.alias or name for name, field in Activity.model_fields.items()]
_PLACES = st.sampled_from([0, -1, 0.0, "-1", 51.9, 90, -90.5, 180, 181, None, "x"])
_FREE = [name for name in _KNOWN if name not in {"activityId", "startDateTimeLocal"}]
records = st.builds(
    lambda known, unknown, start, keep: (
        {key: value for key, value in run().items() if key in keep or key == "startDateTimeLocal"}
        | unknown
        | known
        | ({"startDateTimeLocal": start} if start else {})
    ),
    known=st.dictionaries(st.sampled_from(_FREE), odd_values, max_size=8)
    | st.fixed_dictionaries({"startLatitude": _PLACES, "startLongitude": _PLACES})
    | st.fixed_dictionaries(
        {
            "temperature": st.sampled_from([-1, "-1", -1.5]),
            "humidity": st.sampled_from([None, -1, 0, 74, 1e9]),
        }
    ),
    unknown=st.dictionaries(
        st.sampled_from(["newField", "distance_km", "Distance", "x y", "ö"]), odd_values, max_size=2
    ),
    start=st.none() | st.sampled_from(_STARTS) | odd_values,
    keep=st.sets(st.sampled_from(["distance", "duration", "notes"])),
)


def _plain_text(value: object) -> object:
    """As the database keeps a text: what UTF-8 cannot say is replaced."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _comparable(kind: str, value: Any) -> Any:
    if kind != "text" or not isinstance(value, str):
        return value
    text = str(_plain_text(value))
    try:  # nested values are kept as JSON: equal when they say the same
        return repr(json.loads(text)) if text[:1] in "[{" else text
    except ValueError:
        return text


def _expected(activity: Activity) -> dict[str, Any]:
    row: dict[str, Any] = {"start_local": activity.start_local, "start_date": activity.start_date}
    for _, column in columns():
        if column.kind != "start":
            row[column.name] = _comparable(column.kind, getattr(activity, column.name))
    return row


def _stored(shelf: Shelf, page: list[Run]) -> tuple[dict[int, dict[str, Any]], list[Run], dict[int, Any]]:
    """Rows by id, records in quarantine, unknown fields by id."""
    database = open_database()
    database.apply([shelf.page(0, *page)])
    cursor = database.connection.execute("SELECT * FROM activities")
    names = [column[0] for column in cursor.description or []]
    kinds = {column.name: column.kind for _, column in columns()}
    found = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    typed = {
        key: {name: _comparable(kinds.get(name, ""), value) for name, value in row.items()}
        for key, row in found.items()
    }
    refused = [json.loads(raw) for (raw,) in rows(database, "SELECT raw FROM quarantine ORDER BY raw")]
    extra = {key: json.loads(row["extra"]) if row["extra"] else {} for key, row in found.items()}
    return typed, refused, extra


def _check(shelf: Shelf, page: list[Run]) -> None:
    typed, refused, extra = _stored(shelf, page)
    expected_refused: list[Run] = []
    for record in page:
        try:
            activity = parse_activity(record)
        except MalformedRecord:
            expected_refused.append(record)
            continue
        row = typed.pop(activity.activity_id)
        for name, expected in _expected(activity).items():
            assert repr(expected) == repr(row[name]), f"{name} of {record}"
        unknown = {k: v for k, v in (activity.model_extra or {}).items() if k not in DETAIL_FIELDS}
        assert _texts(_without_nulls(unknown)) == _texts(extra[activity.activity_id])
    assert {} == typed
    assert sorted(map(_texts, expected_refused)) == sorted(map(_texts, refused))


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(one) for key, one in value.items() if one is not None}


def _texts(value: object) -> str:
    return repr(json.loads(json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")))


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One archive for all examples of a module."""
    return Shelf(tmp_path_factory.mktemp("drawer"))


@examples(12)
@given(page=st.lists(records, min_size=1, max_size=25))
@example(page=[run(notes="🏃" * 800), run(notes="\ud800"), run(distance="5_0"), run(distance=float("nan"))])
@example(page=[run(dateUpdatedUTC="2024-05-01T05:31:12+02:00", sunriseLocal="2024-05-01T06:09:00+02:00")])
@example(page=[run(newField=None), run(newField={"a": None})])
def test_both_readers_accept_the_same_records_and_read_the_same_values(
    drawer: Shelf, page: list[Run]
) -> None:
    """A record is stored exactly when `parse_activity` accepts it, with the values it reads; else it is quarantined."""
    _check(drawer, [record | {"activityId": number} for number, record in enumerate(page, start=1)])


@examples(6)
@given(ids=st.lists(odd_values | st.text("0123456789-", max_size=22), min_size=1, max_size=25))
@example(
    ids=[
        2**31,
        2**63 - 1,
        2**63,
        -(2**63),
        -(2**63) - 1,
        "7",
        "٣",
        True,
        3.0,
        "3.0",
        " 9",
        "0012",
        "",
        None,
        [1],
    ]
)
def test_both_readers_accept_the_same_ids(drawer: Shelf, ids: list[Any]) -> None:
    """Whole numbers of 64 bits, also as text, are ids; booleans, fractions and everything else are not."""
    page: dict[Any, Run] = {}
    for number, activity_id in enumerate(ids):
        try:
            page.setdefault(parse_activity(run(activity_id)).activity_id, run(activity_id))
        except MalformedRecord:
            page[f"refused {number}"] = run(activity_id, notes=f"refused {number}")
    _check(drawer, list(page.values()))


def test_both_readers_accept_the_same_starts(drawer: Shelf) -> None:
    """What counts as a start is the same for both, and so is the day."""
    _check(drawer, [run(number, startDateTimeLocal=start) for number, start in enumerate(_STARTS)])


@pytest.mark.parametrize("missing", ["activityId", "startDateTimeLocal"])
@pytest.mark.parametrize("null", [True, False])
def test_a_record_without_id_or_start_is_refused_by_both(drawer: Shelf, missing: str, null: bool) -> None:
    """Missing and null are the same: without these two fields a run has no place in the record."""
    record = run() | {missing: None}
    if not null:
        del record[missing]
    _check(drawer, [record, run(2)])


def test_what_is_not_a_record_is_quarantined_and_its_neighbours_are_stored(drawer: Shelf) -> None:
    """A page's element that is no object at all does not cost the other runs."""
    odd = [None, 5, "x", True, [], [1], {}, 1.5]
    database = open_database()
    database.apply([drawer.page(0, run(1), *odd, run(2))])
    assert [(1,), (2,)] == rows(database, "SELECT activity_id FROM runs ORDER BY 1")
    found = [json.loads(raw) for (raw,) in rows(database, "SELECT raw FROM quarantine")]
    assert sorted(map(repr, odd)) == sorted(map(repr, found))


@pytest.mark.parametrize(
    ("start", "day", "offset", "suspect"),
    [
        ("2024-05-01T07:12:00+14:00", "2024-05-01", 840, False),
        ("2024-05-01T23:59:00-12:00", "2024-05-01", -720, False),
        ("2024-05-01T07:12:00+15:00", "2024-05-01", 900, True),
        ("2024-05-01T07:12:00-12:30", "2024-05-01", -750, True),
        ("2024-02-29T00:00:00Z", "2024-02-29", 0, False),
        ("2024-05-01T07:12:00-00:30", "2024-05-01", -30, False),
        ("2024-05-01T07:12:00", "2024-05-01", None, False),
        ("2024-05-01", "2024-05-01", None, False),
        ("2026-11-01T20:00:00+14:00", "2026-11-01", 840, False),
        (
            "2026-11-01T20:01:00+14:00",
            "2026-11-01",
            840,
            True,
        ),  # observed at 06:00 UTC: this would be the future
    ],
)
def test_the_day_is_the_first_ten_characters_and_a_wrong_offset_is_only_marked(
    drawer: Shelf, start: str, day: str, offset: int | None, suspect: bool
) -> None:
    """No offset moves a run to another day; one that cannot be right is kept and marked."""
    database = open_database()
    database.apply([drawer.page(0, run(1, startDateTimeLocal=start))])
    found = rows(database, "SELECT CAST(start_date AS VARCHAR), utc_offset_minutes, offset_suspect FROM runs")
    assert [(day, offset, suspect)] == found


def test_null_and_missing_are_the_same_content(drawer: Shelf, tmp_path: Path) -> None:
    """A key that turns up as null, known or not, is no change of the run."""
    database = open_database()
    database.apply([drawer.page(0, run(1))])
    report, _ = database.observe_page(drawer.page(1, run(1, calories=None, newField=None)), lambda _: None)
    assert not report.changes
    assert timedelta(0) == rows(database, "SELECT synced_at - first_seen_at FROM runs")[0][0]


_NEVER_NEGATIVE = [
    (field, column.name)
    for field, column in columns()
    if column.least == 0 and field not in {"distance", "duration"}
]


def test_what_smashrun_does_not_know_is_null_and_the_run_is_stored(drawer: Shelf) -> None:
    """-1 stands for "unknown" in every measure that is never negative; the run counts all the same."""
    database = open_database()
    database.apply(
        [drawer.page(0, run(1, distance=-1, duration=-1, **{field: -1 for field, _ in _NEVER_NEGATIVE}))]
    )
    names = ", ".join(["distance_km", "duration_s", *(name for _, name in _NEVER_NEGATIVE)])
    assert [(None,) * (2 + len(_NEVER_NEGATIVE))] == rows(database, f"SELECT {names} FROM runs")
    assert [(1,)] == rows(database, "SELECT length_days FROM streaks")
    assert [] == rows(database, "SELECT * FROM quarantine")


@pytest.mark.parametrize(
    ("weather", "kept"),
    [({}, None), ({"weatherType": "clear"}, None), ({"humidity": -1}, None), ({"humidity": 74}, -1.0)],
)
def test_minus_one_degree_is_true_where_the_weather_is_known(
    drawer: Shelf, weather: dict[str, Any], kept: float | None
) -> None:
    """Smashrun's weather comes whole: with a humidity beside it, a temperature of -1 is a reading."""
    database = open_database()
    database.apply([drawer.page(0, run(1, temperature=-1, temperatureApparent=-1.0, **weather))])
    assert [(kept, kept)] == rows(database, "SELECT temperature_c, temperature_apparent_c FROM runs")


@pytest.mark.parametrize(
    "fields",
    [
        {"distance": 1e300},
        {"distance": 1e34},
        {"distance": 5001},
        {"distance": -2},
        {"duration": 1e308},
        {"distance": 1e-300, "duration": 1e300},
        {"duration": 8_640_001},
        {"elevationGain": 1e308},
        {"elevationMin": -100_001},
        {"elevationNet": 1e300},
    ],
    ids=str,
)
def test_what_no_run_can_be_waits_in_quarantine_with_the_reason(
    drawer: Shelf, fields: dict[str, Any]
) -> None:
    """Sums and streaks are made from these: a value beyond every run is shown, not stored."""
    database = open_database()
    database.apply([drawer.page(0, run(1, **fields), run(2))])
    assert [(2,)] == rows(database, "SELECT activity_id FROM runs")
    ((reason,),) = rows(database, "SELECT reason FROM quarantine")
    assert "is beyond every run" in reason or "at least 0" in reason


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"heartRateAverage": 1e308}, ("heart_rate_avg", None)),
        ({"calories": 2**31}, ("calories", None)),
        ({"cadenceMax": -7}, ("cadence_max", None)),
        ({"elevationLoss": -3}, ("elevation_loss_m", None)),
        ({"elevationMin": -1}, ("elevation_min_m", -1.0)),
        ({"distance": 1e-300}, ("distance_km", 0.0)),
        ({"duration": 1e-300}, ("duration_s", 0.0)),
        ({"startLatitude": -1, "startLongitude": -1}, ("start_latitude", None)),
        ({"startLatitude": 0, "startLongitude": 0}, ("start_longitude", None)),
        ({"startLatitude": 51.9, "startLongitude": 181}, ("start_latitude", None)),
        ({"startLatitude": 0, "startLongitude": 6.7}, ("start_longitude", 6.7)),
    ],
    ids=str,
)
def test_other_values_that_cannot_be_are_null(
    drawer: Shelf, fields: dict[str, Any], stored: tuple[str, float | None]
) -> None:
    """No run is lost because of a reading."""
    database = open_database()
    database.apply([drawer.page(0, run(1, **fields))])
    name, expected = stored
    assert [(expected,)] == rows(database, f"SELECT {name} FROM runs")


@pytest.mark.parametrize(
    ("fields", "suspect"),
    [
        ({"dateCreatedUTC": "2026-10-01T06:00:00"}, True),
        ({"syncDateTimeUTC": "2026-10-02T06:00:00"}, True),
        ({"dateCreatedUTC": "2026-10-05T06:00:00"}, False),
        ({"dateCreatedUTC": "2026-10-01T06:00:00", "source": "manual"}, False),
        ({"dateCreatedUTC": "2007-02-16T06:00:00"}, False),
    ],
)
def test_a_watch_that_lost_1024_weeks_is_marked(drawer: Shelf, fields: dict[str, Any], suspect: bool) -> None:
    """Uploaded today, dated 7,168 days ago, and not entered by hand."""
    database = open_database()
    start = {"startDateTimeLocal": "2007-02-15T07:12:00+02:00", "source": "garminpush"}
    database.apply([drawer.page(0, run(1, **(start | fields)))])
    assert [(suspect,)] == rows(database, "SELECT offset_suspect FROM runs")
