"""From the activity's field list to DuckDB's: what the bulk loader reads and how each value is typed."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from myrunstreak.smashrun.activity import (
    DETAIL_FIELDS,
    MOST_HUMIDITY,
    START_PATTERN,
    TEMPERATURES,
    UNKNOWN,
    UTC_PATTERN,
    WALL_PATTERN,
    Column,
    columns,
)
from myrunstreak.sync.values import Form

_PLACE: Final = """
    (a."startLatitude" BETWEEN -90 AND 90 AND a."startLongitude" BETWEEN -180 AND 180
    AND (a."startLatitude", a."startLongitude") NOT IN ((0, 0), (-1, -1)))
"""

# The type json_transform gives a field before it is typed below. JSON keeps the value's own text.
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


def _typed_value(field: str, column: Column) -> str:
    value = f'a."{field}"'
    match column.kind:
        case "id":
            whole = f"regexp_full_match({value}, '\"?-?\\d{{1,19}}\"?')"
            return f"CASE WHEN {whole} THEN TRY_CAST(trim({value}, '\"') AS BIGINT) END"
        case "start":
            return f"CASE WHEN regexp_full_match({value}, '{START_PATTERN}') THEN {value} END"
        case "measure" | "number" | "whole":
            return _number(field, column)
        case "text":
            return value
        case "flag":
            return f"CASE WHEN isfinite({value}) THEN {value} <> 0 END"
        case "utc":
            return f"CASE WHEN regexp_full_match({value}, '{UTC_PATTERN}') THEN TRY_CAST({value} AS TIMESTAMP) END"
        case "wall":
            wall = f"left({value}, 19)"
            return f"CASE WHEN regexp_full_match({wall}, '{WALL_PATTERN}') THEN TRY_CAST({wall} AS TIMESTAMP) END"


def _value(field: str, column: Column) -> str:
    """A number as Smashrun sent it; NULL where it is no number."""
    match column.kind:
        case "measure":
            number = f"""TRY_CAST(a."{field}" ->> '$' AS DOUBLE)"""
            return f"CASE WHEN isfinite({number}) THEN {number} END"
        case "whole":
            return f'TRY_CAST(round(a."{field}") AS INTEGER)'
        case _:
            return f"""CASE WHEN isfinite(a."{field}") THEN a."{field}" END"""


def _number(field: str, column: Column) -> str:
    """A number within its bounds: ``Column.check`` and the rules for what stands for "unknown", in SQL."""
    if column.most is None:
        return _value(field, column)
    # Neither NaN nor infinity is within bounds. Every call less in this text is time that DuckDB does not plan it.
    match column.kind:
        case "measure":
            value = f"""TRY_CAST(a."{field}" ->> '$' AS DOUBLE)"""
        case "whole":
            value = f'round(a."{field}")'
        case _:
            value = f'a."{field}"'
    conditions = [f"{value} BETWEEN {column.least} AND {column.most}"]
    if column.name in TEMPERATURES:
        known = f"coalesce(a.humidity BETWEEN 0 AND {MOST_HUMIDITY}, false)"
        conditions.append(f"({value} <> {UNKNOWN} OR {known})")
    if field in {"startLatitude", "startLongitude"}:
        conditions.append(_PLACE)
    kept = f"CASE WHEN {value} < {column.finest} THEN 0 ELSE {value} END" if column.finest else value
    kept = f"CAST({kept} AS INTEGER)" if column.kind == "whole" else kept
    return f"CASE WHEN {' AND '.join(conditions)} THEN {kept} END"


@cache
def typed_select() -> str:
    """The select list that types a transformed record ``a``, one column of ``activities`` each."""
    return ",\n    ".join(f"{_typed_value(field, column)} AS {column.name}" for field, column in columns())


@cache
def malformed_condition() -> str:
    """True for a typed record that cannot be stored."""
    refused = [_is_refused(field, column) for field, column in columns() if column.refused]
    return " OR ".join(["activity_id IS NULL", "start_local IS NULL", "start_date IS NULL", *refused])


def _is_refused(field: str, column: Column) -> str:
    value = _value(field, column)
    outside = f"{value} NOT BETWEEN {column.least} AND {column.most}"
    if column.kind == "measure":
        return f'(a."{field}" IS NOT NULL AND coalesce({outside} AND {value} <> {UNKNOWN}, true))'
    if column.least == 0:
        outside = f"{value} > {column.most}"
    return f"coalesce({outside}, false)"


def source_columns(*forms: Form) -> list[str]:
    """Columns of ``activities`` that hold Smashrun's own values, the start's text aside."""
    return [column.name for _, column in columns() if column.kind != "start" and column.form in forms]


@cache
def known_present() -> str:
    """The number of known fields that a transformed record ``a`` certainly carries."""
    fields = [field for field, _ in columns()] + ["recordingKeys"]
    present = ", ".join(f'a."{field}" IS NOT NULL' for field in fields)
    # A sum of as many terms takes longer to plan than the records of a day to read.
    return f"list_sum(CAST([{present}] AS TINYINT[]))"


@cache
def unknown_fields_patch() -> str:
    """A merge patch that leaves only the fields this code does not know."""
    return json.dumps(dict.fromkeys(known_fields()))


@cache
def known_fields() -> list[str]:
    """Every field of an activity that this code knows, detail-only ones included."""
    return sorted({field for field, _ in columns()} | DETAIL_FIELDS)
