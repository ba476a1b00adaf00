"""A connection that plans a statement once: planning takes longer than most answers.

DuckDB keeps the plan of a prepared statement as long as every parameter stands once in its text and its value has the
type that the statement expects. So a statement whose parameters all stand once, each in a cast that names its type, is
prepared; any other is run as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import duckdb

_COMMENT: Final = re.compile(r"--[^\n]*")
_PARAMETER: Final = re.compile(r"\$(\w+)")
_TYPED: Final = re.compile(r"CAST\(\$(\w+) AS ([A-Z]+(?:\[\])?)\)")
# Statements of the program, not of its users, are few; more than these are not remembered.
_MOST: Final = 100


class PreparedConnection:
    """Runs statements on a connection and remembers their plans.

    Args:
        connection: no other code sets variables on it.

    Attributes:
        connection: the same, for what is asked once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._choice: str | None = None
        self._names: dict[str, str] = {}

    def execute(self, query: str, parameters: Any = None, /) -> duckdb.DuckDBPyConnection:
        """Run one statement."""
        if query.startswith("SET "):
            # A plan holds the values that variables had when it was made.
            if query != self._choice:
                self.connection.execute(query)
                self._choice = query
                self._names.clear()
            return self.connection
        types = find_types(query)
        values = write_values(parameters or {}, types) if types is not None else None
        if values is None:
            return self.connection.execute(query, parameters)
        if query not in self._names:
            if len(self._names) >= _MOST:
                return self.connection.execute(query, parameters)
            # A plan of that name from before is replaced.
            name = f"statement_{len(self._names)}"
            self.connection.execute(f"PREPARE {name} AS {query}")
            self._names[query] = name
        return self.connection.execute(f"EXECUTE {self._names[query]}{values}")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


@lru_cache(maxsize=_MOST)
def find_types(query: str) -> dict[str, str] | None:
    """The parameters and their types; None where one has no type or stands twice."""
    text = _COMMENT.sub("", query)
    types = dict(_TYPED.findall(text))
    return types if sorted(_PARAMETER.findall(text)) == sorted(types) else None


def write_values(parameters: Mapping[str, object], types: Mapping[str, str]) -> str | None:
    """The values as EXECUTE takes them; None where they cannot be written."""
    if set(parameters) != set(types):
        return None
    try:
        written = [
            f"{name} := CAST({_literal(value)} AS {types[name]})" for name, value in parameters.items()
        ]
    except ValueError:
        return None
    return f"({', '.join(written)})" if written else ""


def _literal(value: object) -> str:
    match value:
        case list():
            return f"[{', '.join(map(_literal, value))}]"  # pyright: ignore[reportUnknownArgumentType]
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case date():
            return f"'{value.isoformat()}'"
        case str() if "\0" not in value:
            return "'" + value.replace("'", "''") + "'"
        case _:
            raise ValueError(f"{value!r} has no literal")
