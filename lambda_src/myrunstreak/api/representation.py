"""How an answer is written: JSON, or CSV where it is a list; with a tag that tells whether it has changed."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlencode

from pydantic import BaseModel

from myrunstreak.csv_text import CsvWriter

_JSON: Final = "application/json"
_CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Representation:
    """An answer as it is sent."""

    body: str
    headers: Mapping[str, str]

    @property
    def tag(self) -> str:
        """A strong ETag: equal for equal bytes only."""
        return f'"{hashlib.sha256(self.body.encode()).hexdigest()[:32]}"'

    @property
    def travels_as(self) -> int:
        """Bytes of the body within Lambda's answer, itself a JSON text: quotes, backslashes and line ends take two."""
        doubled = sum(self.body.count(sign) for sign in ('"', "\\", "\r", "\n"))
        return len(self.body.encode()) + doubled


def represent(
    answer: dict[str, Any],
    *,
    listed: Sequence[str] | None,
    as_csv: bool,
    path: str,
    parameters: Mapping[str, str],
) -> Representation:
    """The answer as JSON or CSV.

    Args:
        answer: the body as JSON values.
        listed: the columns of the answer's list, where it is one.
        path, parameters: what was asked, for the link to the next page.
    """
    headers: dict[str, str] = {}
    if answer.get("data_as_of"):
        headers["Data-As-Of"] = str(answer["data_as_of"])
    if cursor := answer.get("next_cursor"):
        following = urlencode({**parameters, "cursor": str(cursor)})
        headers["Link"] = f'<{path}?{following}>; rel="next"'
    if listed is not None:
        headers["Vary"] = "Accept"
    if as_csv and listed is not None:
        rows = cast("list[dict[str, Any]]", answer.get("items", answer.get("days", [])))
        return Representation(csv_text(rows, listed), headers | {"Content-Type": _CSV})
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Representation(body, headers | {"Content-Type": _JSON})


def matches(tag: str, if_none_match: str | None) -> bool:
    """Whether the caller has this representation already (RFC 9110, weak comparison)."""
    if if_none_match is None:
        return False
    given = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in given or tag in given


def columns_of(item: type[BaseModel]) -> list[str]:
    """The columns of a list of such items: what a cell can hold."""
    return [name for name in item.model_fields if name != "history"]


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV, the names first."""
    text = io.StringIO()
    CsvWriter(text, columns).rows([row.get(column) for column in columns] for row in rows)
    return text.getvalue()
