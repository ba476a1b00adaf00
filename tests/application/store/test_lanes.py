"""Lanes say of every number what a loop over them would say."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.store.efforts.lanes import pack, places_of, reach, steps_between, unpack

from tests.stage.examples import examples

_MOST = 2**31 - 1
_numbers = st.lists(st.sampled_from([0, 1, 255, 256, _MOST]) | st.integers(0, _MOST), min_size=1, max_size=40)
_steps = st.lists(st.sampled_from([0, 1, 1_000]) | st.integers(0, _MOST // 40), min_size=1, max_size=40)


@examples(100)
@given(numbers=_numbers)
def test_what_is_packed_comes_out_again(numbers: list[int]) -> None:
    """In its order, nothing of one number in its neighbour."""
    assert numbers == unpack(pack(numbers), len(numbers)).tolist()


@examples(100)
@given(steps=_steps)
def test_steps_are_the_differences_of_neighbours(steps: list[int]) -> None:
    """One fewer than the numbers, and none of one number alone."""
    numbers = list(accumulate(steps))
    expected = [after - before for before, after in pairwise(numbers)]
    assert expected == unpack(steps_between(pack(numbers), len(numbers)), len(numbers) - 1).tolist()


@examples(100)
@given(numbers=_numbers, least=st.integers(1, _MOST))
def test_the_places_reached_are_those_of_the_large_numbers(numbers: list[int], least: int) -> None:
    """The limit itself is reached."""
    for limit in {least, max(1, numbers[0])}:
        expected = [place for place, number in enumerate(numbers) if number >= limit]
        assert expected == places_of(reach(pack(numbers), limit, len(numbers)), len(numbers))
