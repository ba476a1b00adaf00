"""A club through queue, workers and lake writer: with messages lost, twice or broken the lake is the sum of the records.

Handlers run in processes of ours, each in its function's role; queues, buckets, sessions and the lake's catalog are the
emulator's, over HTTP. `make test` has eight runners, `make soak` two hundred.
"""

from __future__ import annotations

import json
import multiprocessing
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from myrunstreak.club.dispatch import due
from myrunstreak.handlers import lake
from myrunstreak.lake.catalog import Catalog, full_name
from myrunstreak.lake.tables import DAYS, RUNNERS, RUNS, Table

from tests.stage.club import Member, receive, recent_runs, records_of
from tests.stage.emulator import Emulator
from tests.stage.enforced_club import EnforcedClub
from tests.stage.fleet import Fleet, work_off
from tests.stage.handler import Context
from tests.stage.history import NO_ID, NO_START, run
from tests.stage.lake import TableBucket
from tests.stage.town import Town

_ZONES: Final = (
    "Pacific/Auckland",
    "Asia/Kolkata",
    "Europe/Amsterdam",
    "America/New_York",
    "Pacific/Honolulu",
)
Rows = list[tuple[Any, ...]]


@dataclass
class Club:
    """A club, its lake, and who of it is in trouble.

    Attributes:
        dead: without living tokens from the beginning.
        dying: whose tokens die after their first sync.
        poisoned: whose published record is no database.
    """

    enforced: EnforcedClub
    lake: TableBucket
    scratch: Path
    random: random.Random
    dead: list[Member]
    dying: list[Member]
    poisoned: Member

    @property
    def members(self) -> list[Member]:
        """All of them."""
        return self.enforced.stage.members

    @property
    def expected(self) -> list[Member]:
        """Whose runs the lake has to hold."""
        without = {one.id for one in (*self.dead, self.poisoned)}
        return [one for one in self.members if one.id not in without]


def make_club(emulator: Emulator, town: Town, folder: Path, count: int) -> Club:
    """A club of so many runners with histories of their own, some of it in trouble."""
    chance = random.Random(count)
    enforced = EnforcedClub(emulator, town)
    bucket = TableBucket.make(emulator)
    with enforced.operating() as stage:
        for number in range(count):
            activities = [
                one | {"activityId": (number + 1) * 100_000 + place}
                for place, one in enumerate(recent_runs(chance.randrange(3, 40)))
            ]
            # Records that cannot be stored are one runner's own trouble, and keep nothing else away.
            odd = [NO_START, NO_ID, run(0) | {"distance": "far"}] if number == 3 else []
            stage.add([*activities, *odd], zone=_ZONES[number % len(_ZONES)])
        troubled = chance.sample(stage.members[4:], max(2, count * 3 // 100) + 1)
        poisoned, *without = troubled
        enforced.emulator.client("s3").put_object(
            Bucket=enforced.bucket, Key=f"runners/{poisoned.id}/runs.duckdb", Body=b"no database"
        )
        half = len(without) // 2
        for one in without[:half]:
            stage.lose_tokens(one)
    return Club(enforced, bucket, folder, chance, without[:half], without[half:], poisoned)


def send_due(club: Club) -> int:
    """What the dispatch sends after a day's pause, a tenth of it twice, in any order; nothing is held back here."""
    now = datetime.now(UTC)
    found = due([one.runner for one in club.members], now - timedelta(days=1), now)
    by_id = {one.id: one.message for one in club.members}
    bodies = [by_id[one.runner.id] for one in found]
    bodies += club.random.sample(bodies, len(bodies) // 10 + 1)
    club.random.shuffle(bodies)
    for body in bodies:
        club.enforced.sqs.send_message(QueueUrl=club.enforced.queues["syncs"], MessageBody=body)
    return len(found)


def write_lake(club: Club, bodies: Sequence[str]) -> set[str]:
    """Have the lake's writer take these messages in one batch; whose of them failed."""
    with club.enforced.writing(club.lake):
        answer = lake.lambda_handler(records_of(bodies), Context())
    failed = [int(one["itemIdentifier"].rpartition("-")[2]) for one in answer["batchItemFailures"]]
    return {json.loads(bodies[number])["runner"] for number in failed}


def in_the_lake(club: Club, table: Table) -> Rows:
    """The rows of a table of the lake, sorted."""
    with club.enforced.operating():
        catalog = Catalog(club.lake.bucket, club.scratch)
        try:
            with catalog.read_newest() as connection:
                query = f"SELECT {table.names} FROM {full_name(table.name)}"
                return sorted(connection.execute(query).fetchall(), key=repr)
        finally:
            catalog.close()


def in_the_records(club: Club) -> dict[str, Rows]:
    """What the records say that the tables have to hold."""
    columns = ", ".join(name for name in RUNS.columns if name != "runner_id")
    rows: dict[str, Rows] = {RUNS.name: [], DAYS.name: []}
    with club.enforced.operating():
        for one in club.expected:
            rows[RUNS.name] += one.rows(
                f"SELECT '{one.id}', {columns} FROM activities WHERE deleted_at IS NULL"
            )
            rows[DAYS.name] += one.rows(
                f"SELECT '{one.id}', start_date, sum(distance_km), count(*) FROM activities "
                "WHERE deleted_at IS NULL GROUP BY ALL"
            )
    return {name: sorted(found, key=repr) for name, found in rows.items()}


def letters(club: Club) -> Counter[str]:
    """Who is named by the dead letters of the syncs."""
    return Counter(one["runner"] for one in receive(club.enforced.sqs, club.enforced.queues["letters"]))


@pytest.mark.parametrize(
    ("count", "workers"), [(8, 1), pytest.param(200, 2, marks=pytest.mark.soak)], ids=["8", "200"]
)
def test_the_lake_is_the_sum_of_the_records(
    emulator: Emulator, tmp_path: Path, count: int, workers: int
) -> None:
    """Two days: on the first, messages to the lake are lost and come twice; on the second, few have run again."""
    with Town() as town:
        club = make_club(emulator, town, tmp_path, count)
        updates = club.enforced.queues["updates"]
        # The first day: every runner is due once; those in trouble are named by the dead letters, and no other.
        assert count == send_due(club)
        synced = work(club, workers)
        assert {one.id for one in club.members} == synced.keys()
        troubled = {one.id for one in (*club.dead, club.poisoned)}
        assert troubled == letters(club).keys()
        told = [json.dumps(one) for one in receive(club.enforced.sqs, updates)]
        kept = club.random.sample(told, len(told) * 8 // 10)
        kept += club.random.sample(kept, len(kept) // 10 + 1)
        club.random.shuffle(kept)
        assert write_lake(club, kept) <= {club.poisoned.id}
        held = {row[0] for row in in_the_lake(club, RUNNERS)}
        assert held < {one.id for one in club.expected}, "no message was lost: draw others"
        # The second day: some have run, some tokens have died, and what was lost is mended by an idle sync.
        for one in club.random.sample(club.expected, count // 4):
            newest = run(0, newest=datetime.now(UTC).date(), of=1) | {
                "activityId": 90_000_000 + int(one.runner.name.split()[1])
            }
            one.smashrun.add(newest)
        with club.enforced.operating() as stage:
            for one in club.dying:
                stage.lose_tokens(one)
        assert count == send_due(club)
        work(club, workers)
        assert troubled | {one.id for one in club.dying} == letters(club).keys()
        told = [json.dumps(one) for one in receive(club.enforced.sqs, updates)]
        assert write_lake(club, told) <= {club.poisoned.id}
        expected = in_the_records(club)
        assert expected == {table.name: in_the_lake(club, table) for table in (RUNS, DAYS)}
        assert {one.id for one in club.expected} == {row[0] for row in in_the_lake(club, RUNNERS)}
        assert write_lake(club, told) <= {club.poisoned.id}
        assert expected == {table.name: in_the_lake(club, table) for table in (RUNS, DAYS)}


def work(club: Club, workers: int) -> Counter[str]:
    """Have so many workers empty the queue; how often each runner came."""
    fleet = Fleet.of(club.enforced)
    if workers == 1:
        return work_off(fleet)
    # Processes of their own, as Lambda's: a folder for temporary files is the process's.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        return sum(pool.map(work_off, [fleet] * workers), Counter[str]())
