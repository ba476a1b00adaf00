"""The tool `sql`: a statement of the assistant's, run in a process of its own that ends when it takes too much."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import anyio
from myrunstreak.errors import InvalidQuestion

from scripts.assistants.sql_process import MOST_BYTES, MOST_ROWS, SECONDS, SqlAnswer, SqlFailure

LONGEST: Final = 20_000
# For the process to start, to open the record and to end.
_AROUND_S: Final = 30
_STATEMENT: Final = {"type": "string", "maxLength": LONGEST, "description": "one statement in DuckDB's SQL"}


class SqlTool:
    """Queries the database, read only."""

    name: ClassVar[str] = "sql"
    title: ClassVar[str] = "A question in SQL, read only"
    description: ClassVar[str] = (
        "DuckDB's SQL over views such as runs, daily, weekly, monthly, yearly, streaks, splits, laps; FROM "
        "duckdb_columns() lists them. For what another tool answers take that tool: it knows what counts. Select "
        f"activity_id to say which runs an answer rests on. At most {MOST_ROWS} rows, {MOST_BYTES // 1000} kB and "
        f"{SECONDS} seconds; cut says what was left out."
    )
    input_schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"statement": _STATEMENT},
        "required": ["statement"],
        "additionalProperties": False,
    }
    output_schema: ClassVar[dict[str, Any]] = SqlAnswer.model_json_schema(mode="serialization")

    async def answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The rows of a statement.

        Raises:
            InvalidQuestion: it is no statement, may not be run here, or takes too much.
        """
        statement = given.get("statement")
        is_text = isinstance(statement, str) and 0 < len(statement.strip()) <= len(statement) <= LONGEST
        if not is_text or set(given) != {"statement"}:
            raise InvalidQuestion(
                f"accepted: statement, a text of at most {LONGEST} characters, and nothing else."
            )
        with anyio.move_on_after(SECONDS + _AROUND_S):
            ended = await anyio.run_process(
                [sys.executable, "-m", "scripts.assistants.sql_process"],
                input=str(statement).encode(errors="replace"),
                stderr=None,
                check=False,
            )
            if ended.stdout:
                answer: dict[str, Any] = json.loads(ended.stdout)
                if problem := answer.get(SqlFailure.KEY):
                    raise InvalidQuestion(problem)
                return answer
        raise InvalidQuestion(
            f"The statement took more than {SECONDS} seconds or too much memory and was stopped. Ask for less at once."
        )
