"""The database's size after many daily increments against one freshly built of the same runs."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from scripts.bench.environments import Sides
from scripts.bench.history import SOURCE, archive_history, read_archive
from scripts.bench.limits import MEMORY_MB
from scripts.bench.processes import Figures, measure, stopwatch
from scripts.bench.records import PER_DAY, increment, observed_after, run, splits_of


@dataclass(frozen=True)
class Plan:
    """How long the history is, how many days are published one by one, every how many a size is noted."""

    history: int
    days: int
    noted_every: int


def measure_growth(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Publish every day, then build the same anew from the same archive."""
    archive_history(folder / "raw", plan.history)
    return measure(
        "scripts.bench.growth:days_and_fresh",
        on=sides.ours,
        root=str(folder / "raw"),
        history=plan.history,
        days=plan.days,
        noted_every=plan.noted_every,
    )


def days_and_fresh(root: str, history: int, days: int, noted_every: int) -> Figures:
    """In its own process: the sizes in bytes, the rows and their content."""
    import duckdb
    from myrunstreak.store.blobs import open_blobs
    from myrunstreak.store.manager import DuckDBManager
    from myrunstreak.store.raw_archive import RawArchive

    figures, sizes = Figures(), dict[int, int]()
    with tempfile.TemporaryDirectory() as name:
        grown, fresh = Path(name) / "grown" / "runs.duckdb", Path(name) / "fresh" / "runs.duckdb"
        objects = read_archive(Path(root)).objects
        manager = DuckDBManager(grown, memory_mb=MEMORY_MB)
        manager.database.apply(objects)
        manager.publish()
        archive = RawArchive(open_blobs(Path(name) / "raw", ""), SOURCE, Path(name))
        sizes[0] = grown.stat().st_size
        with stopwatch(figures):
            for day in range(days):
                page = archive.draft("extended", increment(day, history), observed_after(day))
                numbers = range(day * PER_DAY + 1, (day + 1) * PER_DAY + 1)
                answers = [splits_of(run(-number, history)) for number in numbers]
                later = observed_after(day) + timedelta(seconds=5)
                splits = archive.draft("splits", json.dumps(answers).encode(), later)
                manager.observe_page(page, lambda _: None)
                manager.observe(splits, lambda _: None)
                manager.publish()
                objects += [page, splits]
                if (day + 1) % noted_every == 0:
                    sizes[day + 1] = grown.stat().st_size
        manager.close()
        sizes[days] = grown.stat().st_size
        anew = DuckDBManager(fresh, memory_mb=MEMORY_MB)
        anew.database.apply(objects[: -2 * days] if days else objects)
        anew.database.apply([one for one in objects[len(objects) - 2 * days :] if one.kind == "extended"])
        anew.database.apply([one for one in objects[len(objects) - 2 * days :] if one.kind == "splits"])
        anew.publish()
        anew.close()
        rows = "SELECT count(*), bit_xor(hash(t)) FROM (SELECT * EXCLUDE (synced_at) FROM {}) AS t"
        content = list[object]()
        for file in (grown, fresh):
            with duckdb.connect(str(file), read_only=True) as stored:
                runs = stored.execute(rows.format("runs")).fetchone()
                splits_rows = stored.execute(
                    rows.replace(" EXCLUDE (synced_at)", "").format("splits")
                ).fetchone()
                content.append((runs, splits_rows))
                figures["runs"], figures["splits"] = (runs or [0])[0], (splits_rows or [0])[0]
        figures["fresh_bytes"] = fresh.stat().st_size
    return figures | {
        "history": history,
        "days": days,
        "sizes": sizes,
        "largest_bytes": max(sizes.values()),
        "grown_bytes": sizes[days],
        "ratio": sizes[days] / figures["fresh_bytes"],
        "largest_ratio": max(sizes.values()) / figures["fresh_bytes"],
        "nothing_lost": content[0] == content[1] and figures["runs"] == history + PER_DAY * days,
    }
