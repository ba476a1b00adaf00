"""Reading streaks.toml: what is accepted, and the one line that every mistake gets."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.layers.definitions import Definitions
from myrunstreak.analytics.layers.file import PRESETS
from myrunstreak.errors import InvalidSettings

from tests.stage.examples import examples

WHERE = "data/streaks.toml"


def table(*lines: str, name: str = "x") -> str:
    """One streak of these lines."""
    return "\n".join(["[[streak]]", f'name = "{name}"', *lines, ""])


MISTAKES = {
    "": "has no",
    "streak = 3": "has no",
    "streak = [1]": "has no",
    "[streak]\nname='x'": "has no",
    "[[streak]": "is no TOML",
    table() + "[other]\n": "'other'; accepted: [[streak]]",
    "[[streak]]\nperiod = 'day'": "streak 1: name is missing",
    "[[streak]]\nname = 5": "streak 1: name is 5; accepted: a text",
    table(name=" x"): "name is ' x'",
    table(name="x" * 61): "1 to 60",
    table("prediod = 'day'"): "there is no key 'prediod'; accepted: name, preset",
    table("preset = 'marathon-a-day'"): "preset is 'marathon-a-day'; accepted: any-day",
    table("period = 'year'"): "period is 'year'; accepted: day, week, month",
    table("period = ['day']"): "period is ['day']",
    table("distance = 5"): "distance is 5; accepted: above 0, with its unit (km, mi)",
    table("distance = '5'"): "distance is '5'",
    table("distance = '5 m'"): "distance is '5 m'",
    table("distance = '0 km'"): "above 0",
    table("distance = '-5 km'"): "above 0",
    table("distance = '999999 mi'"): "distance is '999999 mi'",
    table("duration = '5 km'"): "duration is '5 km'; accepted: above 0, with its unit (h, min, s)",
    table("duration = '800 h'"): "duration is '800 h'",
    table("runs = 0"): "runs is 0; accepted: a whole number from 1 to 1,000",
    table("runs = 2.0"): "runs is 2.0",
    table("runs = true"): "runs is True",
    table("runs = '5'"): "runs is '5'",
    table("days = 3"): "days is for weeks and months",
    table("period = 'week'", "days = 8"): "days is 8; accepted: a whole number from 1 to 7",
    table("each = 5"): "each is 5",
    table("each = { speed = 3 }"): "'speed'; accepted: in each: distance",
    table("each = { distance = 3 }"): "each.distance is 3",
    table("each = { start_before = '25:00' }"): "start_before is '25:00'; accepted: a time of day",
    table("each = { start_before = 7 }"): "start_before is 7",
    table("each = { start_before = '00:00' }"): "no run starts before",
    table("each = { start_before = '06:00', start_from = '06:00' }"): "start_from is not before start_before",
    table("rest = 1"): 'rest is 1; accepted: { days = 1, per = "week" }',
    table("rest = { days = 1 }"): 'with period day: { days = 1, per = "week" }',
    table("rest = { weeks = 1, per = 'month' }"): "with period day",
    table("rest = { days = 7, per = 'week' }"): "days is 7; accepted: a whole number from 1 to 6",
    table("rest = { days = 1, per = 'day' }"): "per is 'day'; accepted: week, month, year",
    table("period = 'month'", "rest = { months = 1, per = 'month' }"): "per is 'month'; accepted: year",
    table("inside = 'y'"): "inside is 'y'; accepted: the name of a streak of this file",
    table("inside = 'x'"): "is inside itself",
    table("inside = 'y'") + table("inside = 'x'", name="y"): "is inside itself (x in y in x)",
    table("inside = 'y'")
    + table("inside = 'z'", name="y")
    + table("inside = 'y'", name="z"): "'y': is inside",
    table() + table(): "'x': is there twice",
    "".join(table(name=str(number)) for number in range(21)): "has 21 streaks; accepted: at most 20",
    f"# {'x' * 70_000}\n{table()}": "is longer than 64 KB",
}


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: str(text)[:60])
def test_a_mistake_is_one_line_that_says_what_is_accepted(text: str) -> None:
    """It begins with the file, and no part of the file is used."""
    with pytest.raises(InvalidSettings) as refused:
        Definitions.parse(text, WHERE)
    message = str(refused.value)
    assert message.startswith(WHERE)
    assert MISTAKES[text] in message
    assert "\n" not in message
    assert len(message) < 400


def test_a_full_definition_is_understood() -> None:
    """Every key in its own unit; TOML's own times too."""
    text = table(
        "period = 'week'", "distance = '10 mi'", "duration = '1.5 h'", "runs = 3", "days = 2",
        "each = { distance = '500 km', duration = '90 s', start_from = 05:30:00, start_before = '07:00' }",
        "rest = { weeks = 2, per = 'year' }",
    )  # fmt: skip
    [one] = Definitions.parse(text, WHERE).items
    assert one.distance is not None
    assert one.duration is not None
    assert (pytest.approx(16.0934), 5400.0, 3, 2) == (
        one.distance.value,
        one.duration.value,
        one.runs,
        one.days,
    )
    assert (time(5, 30), time(7)) == (one.each.start_from, one.each.start_before)
    assert (
        "every week at least 3 runs and 2 days with a run and 10 mi in all and 1.5 h in all, from runs of at least "
        "500 km and 90 s, started at 05:30 or later, started before 07:00; 2 weeks of rest a year"
        == one.describe()
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_what_its_keys_say(preset: str) -> None:
    """And a key beside it has the last word."""
    [one] = Definitions.parse(table(f"preset = '{preset}'"), WHERE).items
    assert PRESETS[preset]["period"] == one.period
    [other] = Definitions.parse(table(f"preset = '{preset}'", "distance = '42 km'"), WHERE).items
    assert other.distance is not None
    assert 42.0 == other.distance.value


@pytest.mark.parametrize(
    ("minimum", "km", "words"),
    [("any", None, "1 run"), ("mile", 1.60934, "1 mi"), ("5km", 5.0, "5 km"), ("7.5", 7.5, "7.5 km")],
)
def test_without_a_file_the_runners_day_is_the_streak(minimum: str, km: float | None, words: str) -> None:
    """In the words of the setting."""
    [one] = Definitions.default(minimum).items
    assert km == (one.distance.value if one.distance else None)
    assert f"every day at least {words}" in one.describe()


ODD = [
    "''", "'x'", "'day'", "'any-day'", "'1km'", "'𝟙km'", "0", "-1", "1e400", "nan", "true", "[]", "{}", "[[]]",
    "{days=1}", "{per='week'}", "{days=1, per='week'}", "1979-05-27", "07:32:00", "'\\u0000'", "9" * 20,
]  # fmt: skip


@examples(300)
@given(
    st.dictionaries(
        st.sampled_from(["name", "preset", "inside", "period", "distance", "runs", "days", "each", "rest"]),
        st.sampled_from(ODD),
    )
)
def test_whatever_a_key_holds_the_answer_is_a_definition_or_one_line(keys: dict[str, str]) -> None:
    """Nothing else gets out."""
    text = "\n".join(["[[streak]]", *(f"{key} = {value}" for key, value in {"name": "'x'", **keys}.items())])
    message = ""
    try:
        assert 1 == len(Definitions.parse(text, WHERE).items)
    except InvalidSettings as refused:
        message = str(refused)
    assert "\n" not in message
