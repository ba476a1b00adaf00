"""Whole numbers side by side in one Python integer, 32 bits for each: a lane. One operation serves all of them.

Over 2,000 numbers that is many times quicker than a list, and it needs no numpy. Numbers are below 2^31, so that the
highest bit of a lane is free for an answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

LANE: Final = 32
TOP: Final = 1 << (LANE - 1)


def pack(values: Sequence[int]) -> int:
    """The first number in the lowest lane."""
    return int.from_bytes(array("I", values).tobytes(), "little")


@lru_cache(8)
def ones(lanes: int) -> int:
    """A 1 in each lane."""
    return int.from_bytes(b"\1\0\0\0" * lanes, "little")


def steps_between(packed: int, lanes: int) -> int:
    """From each number to the next, in one lane less, for numbers that never shrink."""
    last = LANE * (lanes - 1)
    return (packed >> LANE) - packed + (packed >> last << last)


def places_of(answers: int, lanes: int) -> list[int]:
    """The lanes whose highest bit is set, and no other bit, lowest first."""
    content, places = answers.to_bytes(lanes * LANE // 8, "little"), list[int]()
    at = content.find(b"\x80")
    while at >= 0:
        places.append(at // 4)
        at = content.find(b"\x80", at + 1)
    return places


def reach(packed: int, least: int, lanes: int) -> int:
    """The highest bit of each lane whose number is at least so much, which is not 0."""
    return (packed + ones(lanes) * (TOP - least)) & (ones(lanes) * TOP)


def unpack(packed: int, lanes: int) -> array[int]:
    """The numbers again."""
    values = array("I")
    values.frombytes(packed.to_bytes(lanes * LANE // 8, "little"))
    return values
