"""One sync at a time on this machine: a lock beside the database, released however its holder ends.

In AWS, conditional publishing and the shared request window do this: a bucket has no locks.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import InvalidSettings, SyncRunning
from myrunstreak.instants import parse_instant, to_text
from myrunstreak.measures import duration

_POLL_S: Final = 0.5


@contextmanager
def the_only_sync(
    database: S3Location | Path,
    *,
    wait_s: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
    waiting: Callable[[str], None] = lambda _: None,
) -> Generator[None]:
    """Keep other syncs away from a database on this disk; reading goes on.

    Args:
        wait_s: how long to wait for another one to end.
        waiting: shows, in words, which sync this one waits for.

    Raises:
        SyncRunning: another sync runs, and did not end in time.
    """
    if isinstance(database, S3Location):
        yield
        return
    with _open_lock(database.with_name(f".{database.name}.sync.lock")) as lock:
        if lock is not None:
            _take(lock, database, wait_s, sleep, waiting)
        yield


@contextmanager
def _open_lock(path: Path) -> Generator[IO[str] | None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise InvalidSettings(
            f"Cannot write {path}: {error.strerror}. Check the path and who may write there."
        ) from None
    with lock:
        yield lock


def _take(
    lock: IO[str],
    database: Path,
    wait_s: float,
    sleep: Callable[[float], None],
    waiting: Callable[[str], None],
) -> None:
    waited = 0.0
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _holder(lock)
            if waited >= wait_s:
                raise SyncRunning(
                    f"Another sync is running{who}. Nothing was done to {database}: try again when it has ended; "
                    "`myrunstreak sync --wait` waits for it."
                ) from None
            waiting(f"waiting for another sync, running{who}")
            sleep(_POLL_S)
            waited += _POLL_S
        except OSError:
            return  # a file system without locks: a single sync is still served
        else:
            break
    lock.seek(0)
    lock.truncate()
    json.dump({"pid": os.getpid(), "since": to_text(datetime.now(UTC))}, lock)
    lock.flush()


def _holder(lock: IO[str]) -> str:
    """`` since 2026-05-01 06:00:00 UTC, for 3:05 (process 12)``; empty where the lock does not tell."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        lock.seek(0)
        holder = json.loads(lock.read())
        since = parse_instant(holder["since"])
        if since is not None:
            seconds = (datetime.now(UTC) - since).total_seconds()
            how_long = f", for {duration(seconds)}" if seconds >= 0 else ""  # a clock may have been set
            return f" since {since:%Y-%m-%d %H:%M:%S} UTC{how_long} (process {int(holder['pid'])})"
    return ""
