"""From the activity's field list to DuckDB's: what the bulk loader reads and how each value is typed."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from myrunstreak.smashrun.activity import (
    DETAIL_FIELDS,
    START_PATTERN,
    UTC_PATTERN,
    WALL_PATTERN,
    Column,
    Form,
    columns,
)

# What json_transform shall make of a field before it is typed below. JSON keeps the value's own text.
_JSON_TYPE: Final = {
    "id": "JSON",
    "start": "VARCHAR",
    "measure": "JSON",
    "whole": "DOUBLE",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "flag": "DOUBLE",
    "utc": "VARCHAR",
    "wall": "VARCHAR",
}


@cache
def record_structure() -> str:
    """The structure that ``json_transform`` reads a record of a list into."""
    return json.dumps(
        {field: _JSON_TYPE[column.kind] for field, column in columns()} | {"recordingKeys": "JSON"}
    )


def _typed(field: str, column: Column) -> str:
    value = f'a."{field}"'
    match column.kind:
        case "id":
            whole = f"regexp_full_match({value}, '\"?-?\\d{{1,19}}\"?')"
            return f"CASE WHEN {whole} THEN TRY_CAST(trim({value}, '\"') AS BIGINT) END"
        case "start":
            return f"CASE WHEN regexp_full_match({value}, '{START_PATTERN}') THEN {value} END"
        case "measure" | "number":
            number = f"TRY_CAST({value} ->> '$' AS DOUBLE)" if column.kind == "measure" else value
            return f"CASE WHEN isfinite({number}) THEN {number} END"
        case "whole":
            return f"TRY_CAST(round({value}) AS INTEGER)"
        case "text":
            return value
        case "flag":
            return f"CASE WHEN isfinite({value}) THEN {value} <> 0 END"
        case "utc":
            return f"CASE WHEN regexp_full_match({value}, '{UTC_PATTERN}') THEN TRY_CAST({value} AS TIMESTAMP) END"
        case "wall":
            wall = f"left({value}, 19)"
            return f"CASE WHEN regexp_full_match({wall}, '{WALL_PATTERN}') THEN TRY_CAST({wall} AS TIMESTAMP) END"


@cache
def typed_select() -> str:
    """The select list that types a transformed record ``a``, one column of ``activities`` each."""
    return ",\n    ".join(f"{_typed(field, column)} AS {column.name}" for field, column in columns())


@cache
def malformed_condition() -> str:
    """True for a typed record that cannot be stored."""
    measures = [
        f'(a."{field}" IS NOT NULL AND ({column.name} IS NULL OR {column.name} < 0))'
        for field, column in columns()
        if column.kind == "measure"
    ]
    return " OR ".join(["activity_id IS NULL", "start_local IS NULL", "start_date IS NULL", *measures])


def source_columns(*forms: Form) -> list[str]:
    """Columns of ``activities`` that hold Smashrun's own values, the start's text aside."""
    return [column.name for _, column in columns() if column.kind != "start" and column.form in forms]


@cache
def known_present() -> str:
    """How many of the fields that this code knows a transformed record ``a`` surely carries."""
    fields = [field for field, _ in columns()] + ["recordingKeys"]
    return " + ".join(f'CAST(a."{field}" IS NOT NULL AS INTEGER)' for field in fields)


@cache
def known_fields_removed() -> str:
    """A merge patch that leaves only the fields this code does not know."""
    known = {field for field, _ in columns()} | DETAIL_FIELDS
    return json.dumps(dict.fromkeys(sorted(known)))


@cache
def known_fields() -> list[str]:
    """Every field of an activity that this code knows, detail-only ones included."""
    return sorted({field for field, _ in columns()} | DETAIL_FIELDS)
