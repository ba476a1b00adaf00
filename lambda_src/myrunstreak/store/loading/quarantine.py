"""What could not be stored, each with its reason: records in ``quarantine``, and whole objects set aside.

Everything else goes on without them, and newer code tries them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from myrunstreak.store.loading.reading import as_list
from myrunstreak.sync.values import Form, RawObject

if TYPE_CHECKING:
    import duckdb

# Raise it when the parser learns to read more: what older code refused is then tried again.
PARSER_VERSION: Final = 2
_LONGEST_REASON: Final = 500


class Quarantine:
    """The table ``quarantine`` on a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def add(
        self, raw: str, reason: str, *, activity_id: int | None, form: str, first_seen_at: datetime
    ) -> bool:
        """Let a record wait; whether it did not before. Call it within a transaction.

        Args:
            raw: the record's text.
            form: the form of the list it came in.
            first_seen_at: naive UTC.
        """
        added = self._connection.execute(
            """
            INSERT INTO quarantine (record_hash, activity_id, reason, raw, form, first_seen_at, parser_version)
            SELECT md5($raw), $id, $reason, $raw, $form, $seen, $version
            WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE record_hash = md5($raw))
            RETURNING record_hash
            """,
            {
                "raw": raw,
                "id": activity_id,
                "reason": reason,
                "form": form,
                "seen": first_seen_at,
                "version": PARSER_VERSION,
            },
        )
        return bool(added.fetchall())

    def holds_records_of_older_code(self) -> bool:
        """Whether older code refused any of the records."""
        found = self._connection.execute(
            "SELECT 1 FROM quarantine WHERE parser_version < ? LIMIT 1", [PARSER_VERSION]
        )
        return bool(found.fetchall())

    def hashes(self, form: Form) -> list[str]:
        """Hashes of the records of a form, in the order observed."""
        found = self._connection.execute(
            "SELECT record_hash FROM quarantine WHERE form = ? ORDER BY first_seen_at, record_hash", [form]
        )
        return [row[0] for row in found.fetchall()]

    def refuse_again(self, record_hash: str, reason: str) -> None:
        """Note that a record fails for this code too."""
        self._connection.execute(
            "UPDATE quarantine SET parser_version = ?, reason = ? WHERE record_hash = ?",
            [PARSER_VERSION, reason, record_hash],
        )


class ObjectsSetAside:
    """The table ``objects_set_aside`` on a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def note(self, item: RawObject, reason: str) -> bool:
        """Set an object aside; whether it was not before."""
        known = self._connection.execute(
            "DELETE FROM objects_set_aside WHERE name = ? RETURNING name", [item.name]
        ).fetchall()
        self._connection.execute(
            "INSERT INTO objects_set_aside VALUES (?, ?, ?, ?, ?)",
            [item.name, item.kind, item.observed_utc, reason[:_LONGEST_REASON], PARSER_VERSION],
        )
        return not known

    def lift(self, names: Iterable[str]) -> None:
        """Take objects off the list."""
        self._connection.execute(
            "DELETE FROM objects_set_aside WHERE list_contains(from_json(?, '[\"VARCHAR\"]'), name)",
            [as_list(names)],
        )

    def names(self, *, of_older_code: bool = False) -> set[str]:
        """Names of the objects; with ``of_older_code`` only those that older code set aside."""
        found = self._connection.execute(
            "SELECT name FROM objects_set_aside WHERE NOT ? OR parser_version < ?",
            [of_older_code, PARSER_VERSION],
        )
        return {row[0] for row in found.fetchall()}

    def reasons(self) -> dict[str, str]:
        """Each object's reason, by name."""
        return dict(self._connection.execute("SELECT name, reason FROM objects_set_aside").fetchall())
