"""The board as the club reads it: made from the lake, kept as one object of the club's folder."""

from __future__ import annotations

from datetime import datetime

from myrunstreak.contract.club import BOARD_NAME, CLUB_FOLDER, ClubSettings
from myrunstreak.contract.club_board import Board
from myrunstreak.lake.board import BOARD_COLUMNS, board_sql
from myrunstreak.lake.catalog import Catalog, full_name
from myrunstreak.lake.tables import DAYS, RUNNERS
from myrunstreak.store.blobs.port import Blobs


def publish_board(catalog: Catalog, settings: ClubSettings, folder: Blobs, now: datetime) -> int:
    """Make the board again; how many members are on it."""
    tables = {"days": full_name(DAYS.name), "runners": full_name(RUNNERS.name)}
    with catalog.read_newest() as connection:
        rows = connection.execute(board_sql("duckdb", settings.minimum_km, tables)).fetchall()
    board = Board.model_validate(
        {
            "made_at": now,
            "minimum": settings.club_min_distance,
            "rows": [dict(zip(BOARD_COLUMNS, row, strict=True)) for row in rows],
        }
    )
    folder.within(CLUB_FOLDER).put(BOARD_NAME, board.model_dump_json().encode())
    return len(rows)
