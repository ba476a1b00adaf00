"""Fifty clients ask while new databases are published underneath: every answer is wholly of one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import requests
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.schema.migrations import migrate

from scripts.commands.serve import make_server
from tests.application.api.conftest import settings_for
from tests.stage.seeded_record import NOW

CLIENTS = 50
QUESTIONS = 6
PUBLICATIONS = 12


def a_database(file: Path, number: int) -> Path:
    """A record of so many runs on so many days, each of as many km: no two of them agree in any figure."""
    with duckdb.connect(str(file)) as connection:
        migrate(connection, "a test")
        connection.execute(
            """
            INSERT INTO activities (
                activity_id, start_local, start_date, offset_suspect, distance_km, duration_s, content_hash,
                first_seen_at, synced_at
            )
            SELECT n, day, CAST(day AS DATE), false, $km, 1800, 'x', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01'
            FROM (SELECT n, CAST($newest AS TIMESTAMP) - n * INTERVAL 1 DAY AS day FROM range($runs) AS numbers (n))
            """,
            {
                "km": float(number),
                "runs": number,
                "newest": (NOW - timedelta(hours=2)).replace(tzinfo=None),
            },
        )
    return file


def test_every_answer_is_wholly_old_or_wholly_new(tmp_path: Path) -> None:
    """No error, no mixture, and in the end the newest."""
    blobs = LocalBlobs(tmp_path / "published")
    version = blobs.write("runs.duckdb", a_database(tmp_path / "0.duckdb", 1), None)
    files = [a_database(tmp_path / f"{number}.duckdb", number) for number in range(2, PUBLICATIONS + 2)]
    server = make_server(settings_for(tmp_path / "published" / "runs.duckdb"), 0).start()
    address = server.address
    assert 200 == requests.get(f"{address}/v1/status", timeout=30).status_code
    seen: set[int] = set()

    def ask(_: int) -> None:
        with requests.Session() as session:
            for path in ("/v1/streaks", "/v1/runs?limit=1000") * (QUESTIONS // 2):
                reply = session.get(f"{address}{path}", timeout=60)
                assert 200 == reply.status_code, reply.text
                items = reply.json()["items"]
                if path == "/v1/streaks":
                    [streak] = items
                    number = streak["runs"]
                    assert (number, number * number) == (streak["length_days"], streak["distance_km"])
                else:
                    number = len(items)
                    assert {float(number)} == {run["distance_km"] for run in items}
                seen.add(number)

    with ThreadPoolExecutor(CLIENTS) as clients:
        asking = [clients.submit(ask, number) for number in range(CLIENTS)]
        for file in files:
            version = blobs.write("runs.duckdb", file, version)
        for one in asking:
            one.result()
    newest = requests.get(f"{address}/v1/streaks", timeout=30).json()["items"][0]
    server.stop()
    assert PUBLICATIONS + 1 == newest["length_days"]
    assert len(seen) > 1, "nothing was published while they asked"
