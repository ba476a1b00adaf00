"""Archived objects that cannot be applied are set aside with the reason, so that everything else goes on.

Their list records are tried one by one: sound ones are stored, the others wait in quarantine.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from myrunstreak.errors import MyRunStreakError
from myrunstreak.raw_json import loads, long_integer
from myrunstreak.store.copies.scratch import is_trouble_here
from myrunstreak.store.loading.pages import PARSER_VERSION
from myrunstreak.store.loading.reading import as_list
from myrunstreak.sync.values import Form, RawObject

if TYPE_CHECKING:
    import duckdb

_DECODER: Final = json.JSONDecoder(parse_int=long_integer)
_LONGEST_REASON: Final = 500


class ObjectsSetAside:
    """The table ``objects_set_aside`` on a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def note(self, one: RawObject, reason: str) -> bool:
        """Set an object aside; whether it was not before."""
        known = self._connection.execute(
            "DELETE FROM objects_set_aside WHERE name = ? RETURNING name", [one.name]
        ).fetchall()
        self._connection.execute(
            "INSERT INTO objects_set_aside VALUES (?, ?, ?, ?, ?)",
            [one.name, one.kind, one.observed_utc, reason[:_LONGEST_REASON], PARSER_VERSION],
        )
        return not known

    def lift(self, names: Iterable[str]) -> None:
        """Take objects for not set aside."""
        self._connection.execute(
            "DELETE FROM objects_set_aside WHERE list_contains(from_json(?, '[\"VARCHAR\"]'), name)",
            [as_list(names)],
        )

    def names(self, *, of_older_code: bool = False) -> set[str]:
        """Names of the objects; only those that older code set aside, where asked for."""
        found = self._connection.execute(
            "SELECT name FROM objects_set_aside WHERE NOT ? OR parser_version < ?",
            [of_older_code, PARSER_VERSION],
        )
        return {row[0] for row in found.fetchall()}

    def reasons(self) -> dict[str, str]:
        """Each object's reason, by name."""
        return dict(self._connection.execute("SELECT name, reason FROM objects_set_aside").fetchall())


class Refusals:
    """Records in ``quarantine`` that fail for themselves, and not by the parser's rules."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def add(self, page: RawObject, reasons: Mapping[str, str]) -> int:
        """Let records of a list page wait; how many did not before. Call it within a transaction.

        Args:
            reasons: why, by the record's text.
        """
        return sum(self._add(page, raw, reason) for raw, reason in reasons.items())

    def _add(self, page: RawObject, raw: str, reason: str) -> int:
        record_hash = hashlib.md5(raw.encode(), usedforsecurity=False).hexdigest()
        added = self._connection.execute(
            """
            INSERT INTO quarantine (record_hash, activity_id, reason, raw, form, first_seen_at, parser_version)
            SELECT $hash, $id, $reason, $raw, $form, $seen, $version
            WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE record_hash = $hash)
            RETURNING record_hash
            """,
            {
                "hash": record_hash,
                "id": id_of(raw),
                "reason": reason,
                "raw": raw,
                "form": page.kind,
                "seen": page.observed_utc,
                "version": PARSER_VERSION,
            },
        )
        return len(added.fetchall())

    def waiting(self, form: Form) -> list[str]:
        """Hashes of the records of a form, in the order observed."""
        found = self._connection.execute(
            "SELECT record_hash FROM quarantine WHERE form = ? ORDER BY first_seen_at, record_hash", [form]
        )
        return [row[0] for row in found.fetchall()]

    def refuse_again(self, record_hash: str, reason: str) -> None:
        """A record that waits fails for this code too."""
        self._connection.execute(
            "UPDATE quarantine SET parser_version = ?, reason = ? WHERE record_hash = ?",
            [PARSER_VERSION, reason, record_hash],
        )


def id_of(raw: str) -> int | None:
    """The id in a record's text, where there is a usable one."""
    with suppress(ValueError, RecursionError):
        record: object = loads(raw)
        if isinstance(record, dict):
            known = cast("dict[str, object]", record).get("activityId")
            if isinstance(known, int) and not isinstance(known, bool) and -(2**63) <= known < 2**63:
                return known
    return None


def is_about_content(error: Exception) -> bool:
    """Whether an error says something of what is applied, and not of this machine or of another writer."""
    import duckdb

    elsewhere = (
        MyRunStreakError,
        OSError,
        duckdb.IOException,
        duckdb.ConnectionException,
        duckdb.FatalException,
        duckdb.InternalException,
    )
    return not isinstance(error, elsewhere) and not is_trouble_here(error)


def in_words(error: Exception, one: RawObject) -> str:
    """An error as a reason: the same wherever the object's copy lies."""
    text = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return text.replace(str(one.file), "the object").replace(one.file.name, "the object")


def elements(one: RawObject) -> tuple[list[str], str | None]:
    """The elements of an object's JSON array, each as its own text, and what is wrong after the last of them."""
    text = gzip.decompress(one.file.read_bytes()).decode("utf-8", "replace")
    found: list[str] = []
    place = _after_blanks(text, 0)
    if text[place : place + 1] != "[":
        return found, "it holds no JSON array"
    place = _after_blanks(text, place + 1)
    while text[place : place + 1] != "]":
        try:
            _, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            return found, f"it breaks off, or is no JSON, after {len(found)} records ({type(error).__name__})"
        found.append(text[place:end])
        place = _after_blanks(text, end)
        if text[place : place + 1] == ",":
            place = _after_blanks(text, place + 1)
        elif text[place : place + 1] != "]":
            return found, f"it breaks off, or is no JSON, after {len(found)} records"
    rest = text[place + 1 :].strip()
    return found, "something follows its JSON array" if rest else None


def with_elements(one: RawObject, texts: Sequence[str]) -> RawObject:
    """The object with a copy that holds only these elements."""
    file = one.file.with_name(f"part-{one.file.name}")
    file.write_bytes(gzip.compress(f"[{','.join(texts)}]".encode(), 1, mtime=0))
    return replace(one, file=file)


def refused(texts: Sequence[str], trial: Callable[[Sequence[str]], str | None]) -> dict[int, str]:
    """Which of an object's elements fail for themselves, and why.

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


def _after_blanks(text: str, place: int) -> int:
    while text[place : place + 1] in {" ", "\t", "\n", "\r"}:
        place += 1
    return place
