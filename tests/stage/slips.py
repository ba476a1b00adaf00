"""Slips of the pen: a letter left out, doubled, exchanged with its neighbour, or written in the other case."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

Edit = Callable[[str], str]


def _left_out(at: int) -> Edit:
    return lambda name: name[: at % len(name)] + name[at % len(name) + 1 :]


def _doubled(at: int) -> Edit:
    return lambda name: name[: at % len(name) + 1] + name[at % len(name) :]


def _exchanged(at: int) -> Edit:
    def edit(name: str) -> str:
        here = at % (len(name) - 1)
        return name[:here] + name[here + 1] + name[here] + name[here + 2 :]

    return edit


edits: st.SearchStrategy[Edit] = st.one_of(
    *(st.integers(0, 40).map(make) for make in (_left_out, _doubled, _exchanged)), st.just(str.swapcase)
)
