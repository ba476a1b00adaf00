"""One of the distances of personal bests, by its name or as runners say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.bounds import match_distance
from myrunstreak.errors import InvalidQuestion

from tests.stage.efforts import METRES

KM = {name: metres / 1000 for name, metres in METRES.items()}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("5k", "5km"),
        ("5 K", "5km"),
        ("10", "10km"),
        ("10k", "10km"),
        ("half", "half-marathon"),
        ("Half Marathon", "half-marathon"),
        ("21.1", "half-marathon"),
        ("42.2km", "marathon"),
        ("mile", "1mi"),
        ("1 mile", "1mi"),
        ("10 miles", "10mi"),
        ("1/2 mi", "1/2mi"),
        ("400 m", "400m"),
    ],
)
def test_a_distance_is_found_as_runners_say_it(said: str, meant: str) -> None:
    """With a letter, a word or other digits."""
    assert meant == match_distance(said, KM)


@pytest.mark.parametrize("name", KM)
def test_every_name_is_its_own(name: str) -> None:
    """Also 1/2mi, which reads like two numbers."""
    assert name == match_distance(name, KM)


@given(st.text(max_size=30))
def test_any_text_is_a_distance_or_refused(text: str) -> None:
    """With what is accepted."""
    try:
        found = match_distance(text, KM)
    except InvalidQuestion:
        found = None
    assert found is None or found in KM


def test_a_distance_between_two_is_none() -> None:
    """It is not taken for the nearest."""
    with pytest.raises(InvalidQuestion, match="accepted: 400m, "):
        match_distance("7k", KM)
