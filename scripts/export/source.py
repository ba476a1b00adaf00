"""What an export is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from myrunstreak.contract.settings import Settings

from scripts.export.selection import Selection

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Source:
    """The record, what is asked of it, and who hears how far it is.

    Attributes:
        connection: to the record, with access to files.
        settings: lead to the recordings.
        selection: the runs.
        columns: their columns, in order; None: those of the format.
        advance: is told after each portion how many runs it held.
        data_as_of: UTC instant up to which the record is complete.
    """

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    selection: Selection
    columns: tuple[str, ...] | None
    advance: Callable[[int], None]
    data_as_of: datetime | None = None
