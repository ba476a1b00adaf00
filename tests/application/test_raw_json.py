"""Bodies that strict readers refuse are mended before they are archived; sound ones stay byte for byte."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from myrunstreak.raw_json import MAX_DEPTH, is_sound, loads, mend

from tests.stage.examples import examples

_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_documents = st.recursive(
    _scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)

# A body, and what it is read as.
ODD: dict[str, tuple[bytes, Any]] = {
    "a byte order mark": (b'\xef\xbb\xbf[{"a": 1}]', [{"a": 1}]),
    "a mark within": (b'[\xef\xbb\xbf{"a": 1},\xef\xbb\xbf2]', [{"a": 1}, 2]),
    "a mark in a text": ('["\ufeffa"]'.encode(), ["\ufeffa"]),
    "UTF-16": ('["é🏃"]'.encode("utf-16"), ["é🏃"]),
    "UTF-16 without a mark": ('["é"]'.encode("utf-16-be"), ["é"]),
    "UTF-32": ('["é"]'.encode("utf-32-le"), ["é"]),
    "Latin-1": (b'["caf\xe9 and caf\xc3\xa9"]', ["café and café"]),
    "Windows": (b'["10 \x80 \x81"]', ["10 € \x81"]),
    "half a surrogate in bytes": (b'["\xed\xa0\x80"]', ["í\xa0€"]),
    "raw control characters": (b'["a\x00b\nc\x1bd"]', ["a\x00b\nc\x1bd"]),
    "control characters outside": (b"[1,\x00 2]\x07", [1, 2]),
    "half a surrogate": (b'["\\ud83d", "\\ude00x", "\\ud83d\\ude00"]', ["?", "?x", "😀"]),
    "stray backslashes": (b'["C:\\Users\\x41", "\\u12", "\\\n"]', ["C:\\Users\\x41", "\\u12", "\\\n"]),
    "escaped backslashes": (b'["\\\\ud800", "\\\\\\\\x"]', ["\\ud800", "\\\\x"]),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_body_becomes_json_that_says_the_same(name: str) -> None:
    """UTF-8 without a mark; every other text of the page is as it was."""
    body, meant = ODD[name]
    assert meant == json.loads(mend(body))


@examples(100)
@given(document=_documents, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
@example(document="\ud83d", ascii_only=True, indent=None)
def test_a_sound_body_stays_byte_for_byte(document: Any, ascii_only: bool, indent: int | None) -> None:
    """Blanks, escapes and the form of numbers are Smashrun's own."""
    body = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
    if json.loads(body) == document and b"\\ud" not in body:
        assert body == mend(body)


@examples(200)
@given(body=st.binary(max_size=60) | st.lists(st.sampled_from([b for b, _ in ODD.values()])).map(b",".join))
def test_mending_ends_whatever_the_bytes(body: bytes) -> None:
    """A second time changes nothing, and the result is UTF-8."""
    once = mend(body)
    assert once == mend(once)
    assert once == once.decode().encode()


@examples(100)
@given(name=st.sampled_from(sorted(ODD)), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_a_body_read_in_pieces_is_judged_no_better_than_whole(name: str, cuts: list[int]) -> None:
    """Wherever a piece ends, what has to be mended is found."""
    body, _ = ODD[name]
    ends = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[start:end] for start, end in itertools.pairwise(ends)]
    if mend(body) != body:
        assert not is_sound(lambda: pieces)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 5_000, 300_000])
def test_what_is_nested_too_deeply_is_cut_and_its_neighbours_stay(depth: int) -> None:
    """Readers that recurse would end the process."""
    for deep in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        read = json.loads(mend(b'[1, {"b": ' + deep + b', "c": "]]"}, 2]'))
        assert (1, "]]", 2) == (read[0], read[1]["c"], read[2])


def test_an_integer_of_thousands_of_digits_is_read() -> None:
    """Beyond all bounds, and no error."""
    assert [float("inf"), 12] == loads(b"[" + b"9" * 5000 + b", 12]")
    with pytest.raises(ValueError):
        loads(b"[1")
