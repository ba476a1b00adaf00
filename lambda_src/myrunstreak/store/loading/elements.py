"""Objects that cannot be applied whole, taken apart: which of their elements fail, and why."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, cast

from myrunstreak.errors import MyRunStreakError
from myrunstreak.raw_json import loads, long_integer
from myrunstreak.store.machine_errors import is_machine_error
from myrunstreak.sync.values import RawObject

_DECODER: Final = json.JSONDecoder(parse_int=long_integer)


def is_about_content(error: Exception) -> bool:
    """Whether an error comes from what is applied, and not from this machine or another writer."""
    import duckdb

    elsewhere = (
        MyRunStreakError,
        OSError,
        duckdb.IOException,
        duckdb.ConnectionException,
        duckdb.FatalException,
        duckdb.InternalException,
    )
    return not isinstance(error, elsewhere) and not is_machine_error(error)


def reason_of(error: Exception, item: RawObject) -> str:
    """An error as a reason, without the path of the object's local copy."""
    text = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return text.replace(str(item.file), "the object").replace(item.file.name, "the object")


def id_of(raw: str) -> int | None:
    """The id in a record's text; None where it has no usable one."""
    with suppress(ValueError, RecursionError):
        record: object = loads(raw)
        if isinstance(record, dict):
            known = cast("dict[str, object]", record).get("activityId")
            if isinstance(known, int) and not isinstance(known, bool) and -(2**63) <= known < 2**63:
                return known
    return None


def elements_of(item: RawObject) -> tuple[list[str], str | None]:
    """The elements of an object's JSON array, each as its own text, and what is wrong after the last of them."""
    text = gzip.decompress(item.file.read_bytes()).decode("utf-8", "replace")
    found: list[str] = []
    place = _skip_blanks(text, 0)
    if text[place : place + 1] != "[":
        return found, "it holds no JSON array"
    place = _skip_blanks(text, place + 1)
    while text[place : place + 1] != "]":
        try:
            _, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            return found, f"it breaks off, or is no JSON, after {len(found)} records ({type(error).__name__})"
        found.append(text[place:end])
        place = _skip_blanks(text, end)
        if text[place : place + 1] == ",":
            place = _skip_blanks(text, place + 1)
        elif text[place : place + 1] != "]":
            return found, f"it breaks off, or is no JSON, after {len(found)} records"
    rest = text[place + 1 :].strip()
    return found, "something follows its JSON array" if rest else None


def _skip_blanks(text: str, place: int) -> int:
    while text[place : place + 1] in {" ", "\t", "\n", "\r"}:
        place += 1
    return place


def with_elements(item: RawObject, texts: Sequence[str]) -> RawObject:
    """The object with a copy that holds only these elements."""
    file = item.file.with_name(f"part-{item.file.name}")
    file.write_bytes(gzip.compress(f"[{','.join(texts)}]".encode(), 1, mtime=0))
    return replace(item, file=file)


def find_failing(texts: Sequence[str], trial: Callable[[Sequence[str]], str | None]) -> dict[int, str]:
    """Which of an object's elements fail by themselves, and why, by place.

    Args:
        trial: why elements cannot be applied together, None if they can.
    """

    def search(first: int, end: int) -> dict[int, str]:
        reason = trial(texts[first:end]) if first < end else None
        if reason is None:
            return {}
        if end - first == 1:
            return {first: reason}
        middle = (first + end) // 2
        return search(first, middle) | search(middle, end)

    return search(0, len(texts))
