"""Takes tokens and sync state over from another region's secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from myrunstreak.errors import ReauthorisationRequired
from myrunstreak.instants import as_utc, parse_instant
from myrunstreak.secrets import open_secret
from myrunstreak.sync.state import SyncState

from scripts.failover.homes import Home
from scripts.record.reading import open_record


def take_tokens(source: Home, target: Home) -> None:
    """Store the source's pair at the target, unless the target's is newer: the runner may have authorised it again.

    Raises:
        ReauthorisationRequired: there is no pair in either region.
    """
    theirs = open_secret(source.tokens_secret, source.region).read()
    kept = open_secret(target.tokens_secret, target.region)
    ours = kept.read()
    if not theirs and not ours:
        raise ReauthorisationRequired("There are no Smashrun tokens in either region")
    if theirs and _obtained(theirs) >= _obtained(ours or {}):
        kept.write(theirs)


def take_state(source: Home, target: Home) -> None:
    """Store the source's sync state at the target, no further on than the database that has arrived there."""
    stored = open_secret(source.sync_state_secret, source.region).read()
    if stored is None:
        return
    with open_record(target.settings) as connection:
        [newest] = connection.execute("SELECT max(observed_at) FROM archive_log").fetchall()[0]
        [whole_until] = connection.execute("SELECT max(data_as_of) FROM sync_log").fetchall()[0]
    state = fit_state(stored, newest and as_utc(newest), whole_until and as_utc(whole_until))
    open_secret(target.sync_state_secret, target.region).write(state)


def fit_state(
    stored: dict[str, object], newest: datetime | None, whole_until: datetime | None
) -> dict[str, object]:
    """A sync state for a database that may be older: replication keeps no order between bucket and secret.

    Args:
        newest: the database's newest observation.
        whole_until: up to when its last complete sync found it whole.

    Returns:
        The state as it is, where the database is as new; or one from which the next sync lists what changed since the
        database was whole. Where that is not known, the sync itself sees that the database is older, and reads all.
    """
    state = SyncState.model_validate(stored)
    mark = state.database_mark
    is_older = mark is not None and (newest is None or newest < mark)
    if not is_older or whole_until is None or not state.backfill.complete:
        return stored
    return SyncState(
        last_sync_at=min(state.last_sync_at or whole_until, whole_until),
        last_attempt=state.last_attempt,
        backfill=state.backfill,
        request_window=state.request_window,
        database_mark=newest,
        restored_at=state.restored_at,  # another one than the database's has the next sync read all
        identity=state.identity,
        deletes_accepted_at=state.deletes_accepted_at,
    ).to_json()


def _obtained(tokens: dict[str, Any]) -> float:
    moment = parse_instant(tokens.get("obtained_at"))
    return moment.timestamp() if moment else 0.0
