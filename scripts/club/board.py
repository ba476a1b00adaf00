"""The club's board: as the lake's writer last made it, or in a folder of this machine from the records themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from myrunstreak.club.members import read_sharing
from myrunstreak.contract.club import BOARD_NAME, CLUB_FOLDER, Runner
from myrunstreak.contract.club_board import Board
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.lake.board import BOARD_COLUMNS, board_sql
from myrunstreak.store.blobs.remembered import fetch_if_there
from myrunstreak.store.published import NothingPublished
from pydantic import ValidationError

from scripts.club.opened import Club
from scripts.record.reading import open_record

if TYPE_CHECKING:
    import duckdb

_TABLES: Final = {"days": "days", "runners": "runners"}


def read_board(club: Club, now: datetime, warn: Callable[[Runner, str], object]) -> Board:
    """The board.

    Args:
        warn: told whose record cannot be read, and in a line why.

    Raises:
        InvalidSettings: the lake's writer has made none yet, or it cannot be read.
    """
    return _make(club, now, warn) if club.is_local else _read_made(club)


def _read_made(club: Club) -> Board:
    with TemporaryDirectory(prefix="myrunstreak-") as work:
        file = Path(work) / BOARD_NAME
        if fetch_if_there(club.root.within(CLUB_FOLDER), BOARD_NAME, file) is None:
            raise InvalidSettings(
                "There is no board yet: the lake's writer makes it after the first sync. Try again later."
            )
        try:
            return Board.model_validate_json(file.read_bytes())
        except ValidationError:
            raise InvalidSettings(
                f"{club.places.club}{CLUB_FOLDER}/{BOARD_NAME} is no board as this program writes it: the lake's writer "
                "makes it again after the next sync."
            ) from None


def _make(club: Club, now: datetime, warn: Callable[[Runner, str], object]) -> Board:
    import duckdb

    with duckdb.connect() as board, TemporaryDirectory(prefix="myrunstreak-") as work:
        board.execute("CREATE TABLE days (runner_id VARCHAR, day DATE, km DOUBLE, runs BIGINT)")
        board.execute("CREATE TABLE runners (runner_id VARCHAR, sharing VARCHAR)")
        for runner in club.members():
            try:
                sharing = read_sharing(club.record_of(runner))
                if sharing == "none":
                    continue
                _add_days(board, club, runner, Path(work) / "days.parquet")
            except NothingPublished:
                continue
            except MyRunStreakError as error:
                warn(runner, str(error))
                continue
            board.execute("INSERT INTO runners VALUES (?, ?)", [runner.id, sharing])
        rows = board.execute(board_sql("duckdb", club.places.minimum_km, _TABLES)).fetchall()
    return Board.model_validate(
        {
            "made_at": now,
            "minimum": club.places.club_min_distance,
            "rows": [dict(zip(BOARD_COLUMNS, row, strict=True)) for row in rows],
        }
    )


def _add_days(board: duckdb.DuckDBPyConnection, club: Club, runner: Runner, file: Path) -> None:
    with open_record(club.settings_of(runner), external_access=True) as record:
        days = record.sql("SELECT CAST(? AS VARCHAR), date, distance_km, runs FROM daily", params=[runner.id])
        days.write_parquet(str(file))
    board.read_parquet(str(file)).insert_into("days")
