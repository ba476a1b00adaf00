"""When pages are written: a quiet day writes none, a changed choice all, a changed month its own; and the figures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from myrunstreak.analytics.models import Streak
from myrunstreak.contract.freshness import Freshness
from myrunstreak.instants import to_text
from myrunstreak.page.milestones import next_milestones

from scripts.record.page import refresh_page
from tests.stage.page_records import NOW, TODAY, a_streak, many_runs, one_run
from tests.stage.page_site import PageSite, served
from tests.stage.paths import ROOT
from tests.stage.runs import Stored

TSC = ROOT / "tests" / "application" / "api" / "clients" / "node_modules" / ".bin" / "tsc"
STATIC = ROOT / "lambda_src" / "myrunstreak" / "page" / "static"


def files_of(site: PageSite) -> dict[str, bytes]:
    """The pages, by name."""
    folder = Path(site.settings.duckdb_path).parent / "page"
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_quiet_day_writes_nothing(site: PageSite) -> None:
    """Only the note beside the database says more than yesterday."""
    before = files_of(site)
    site.now = NOW + timedelta(days=1)
    site.note_freshness(site.now)
    assert 0 == site.render()
    assert before == files_of(site)


def test_a_changed_choice_writes_them_again(site: PageSite) -> None:
    """Units, minimum, zone; and the runner's own streaks."""
    for change in ({"units": "mi"}, {"streak_min_distance": "mile"}, {"runner_timezone": "Asia/Tokyo"}):
        assert refresh_page(site.settings.model_copy(update=change), lambda: site.now) > 3
    assert refresh_page(site.settings, lambda: site.now) > 3
    definitions = Path(site.settings.duckdb_path).with_name("streaks.toml")
    definitions.write_text('[[streak]]\nname = "Weeks"\npreset = "every-week"\n', encoding="utf-8")
    assert site.render() >= 3
    assert b"Weeks" in files_of(site)["index.html"]
    definitions.write_text("[[streak]]\nname = 5\n", encoding="utf-8")
    assert site.render() >= 3
    home = files_of(site)["index.html"].decode()
    assert "streaks.toml" in home
    assert 'data-days="40"' in home, "the rest of the page is there"


def test_an_old_run_that_changes_writes_its_month_and_no_other(tmp_path: Path) -> None:
    """Of a year of months: the page, the facts, the running month and year, and what changed."""
    with served(tmp_path, a_streak(360), NOW) as site:
        before = files_of(site)
        with duckdb.connect(site.settings.duckdb_path) as connection:
            connection.execute(
                "UPDATE activities SET distance_km = 21.0, content_hash = 'y' WHERE start_date = DATE '2026-03-10'"
            )
        site.render()
        after = files_of(site)
        changed = {name for name in after if after[name] != before[name]}
        assert {"2026-03.html", "2026.html", "index.html", "summary.json", "made-of.json"} == changed


def test_without_time_the_newest_come_first_and_the_rest_later(site: PageSite, tmp_path: Path) -> None:
    """What was not written is written by the next sync."""
    from contextlib import closing

    from myrunstreak.page.publish import Source, refresh_pages
    from myrunstreak.page.questions import PageEngine
    from myrunstreak.store.blobs import open_blobs
    from myrunstreak.store.published import PublishedDatabase

    left = iter([60.0, 60.0, 60.0])
    folder = open_blobs(tmp_path / "elsewhere", "us-east-2")
    with closing(PublishedDatabase(site.settings)) as published, published.read() as reading:
        engine = PageEngine(reading.connection, now=NOW, settings=site.settings, freshness=reading.freshness)
        source = Source(engine, "v", site.settings, None, NOW)
        refresh_pages(source, folder, lambda: next(left, 0.0))
        written = {file.name for file in (tmp_path / "elsewhere").iterdir()}
        assert {"index.html", "summary.json", "2026.html", "made-of.json"} == written
        refresh_pages(source, folder)
        assert {"2026-11.html", "2026-10.html"} < {file.name for file in (tmp_path / "elsewhere").iterdir()}
        assert 0 == refresh_pages(source, folder)


def test_damaged_files_are_told_and_written_again(site: PageSite) -> None:
    """Half a summary, an empty page: one line that names the command, and the command mends both."""
    import requests

    folder = Path(site.settings.duckdb_path).parent / "page"
    (folder / "summary.json").write_text('{"km": [', encoding="utf-8")
    (folder / "index.html").write_text("", encoding="utf-8")
    for path in ("/page/summary.json", "/refresh"):
        if path == "/refresh":
            requests.post(f"{site.address}{path}", headers={"Origin": site.address}, timeout=10)
        answer = requests.get(f"{site.address}{path}", timeout=10)
        assert 503 == answer.status_code
        assert "`myrunstreak page` writes all of the page again" in answer.json()["detail"]
    assert 503 == requests.get(f"{site.address}/", timeout=10).status_code
    assert 0 == site.render(), "the note beside them says that they are there"
    assert refresh_page(site.settings, lambda: site.now, write_all=True) > 3
    assert 200 == requests.get(f"{site.address}/page/summary.json", timeout=10).status_code
    assert 'data-days="40"' in requests.get(f"{site.address}/", timeout=10).text


def records() -> list[Any]:
    """Three records: none, one run, twelve thousand."""
    return [
        pytest.param([], id="empty"),
        pytest.param(one_run(), id="one run"),
        pytest.param(many_runs(), id="12,000 runs"),
    ]


@pytest.mark.parametrize("runs", records())
def test_the_figures_are_the_apis_and_the_commands(runs: list[Stored], tmp_path: Path) -> None:
    """Streak, years, months, bests, streaks: one engine, shown in three places."""
    import requests

    with served(tmp_path, runs, NOW) as site:
        html = files_of(site)["index.html"].decode()

        def ask(path: str) -> Any:
            return requests.get(f"{site.address}{path}", timeout=20).json()

        streak = ask("/v1/streak")
        length = streak["current"]["length_days"] if streak["current"] else 0
        assert f'data-days="{length}"' in html
        assert f'data-state="{streak["state"]}"' in html
        for year in ask("/v1/stats/year")["items"]:
            row = re.search(rf'<th scope="row"><a href="page/{year["period"]}.html">.*?</tr>', html)
            assert row
            shown = re.findall(r"<td>(.*?)</td>", row[0])
            assert [f"{year['runs']:,}", f"{year['days']}", f"{year['distance_km']:,.1f}"] == shown[:3]
        for month in ask("/v1/stats/month")["items"][:12]:
            if month["period"].startswith("2026"):
                assert f"<td>{month['distance_km']:,.1f}</td>" in html
        for best in ask("/v1/records")["items"]:
            if best["unit"] == "km":
                assert f"{best['value']:,.2f} km" in html
        for one in ask("/v1/streaks?limit=5")["items"]:
            assert f"<tr><td>{one['length_days']:,}</td>" in html
        env = {
            **os.environ,
            "DUCKDB_PATH": site.settings.duckdb_path,
            "RUNNER_TIMEZONE": "Europe/Amsterdam",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}",
        }
        command = [sys.executable, "-m", "scripts.cli", "streak", "--as-of", str(TODAY), "--json"]
        told = json.loads(
            subprocess.run(command, env=env, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        )
        current = Streak(**told["current"]).length_days if told["current"] else 0
        assert length == current


@pytest.mark.parametrize(
    ("since", "days", "expected"),
    [
        (date(2025, 3, 1), 636, [(700, date(2027, 1, 29)), (730, date(2027, 2, 28))]),
        (date(2026, 11, 20), 3, [(7, date(2026, 11, 26)), (30, date(2026, 12, 19))]),
        (date(2024, 2, 29), 360, [(366, date(2025, 2, 28)), (400, date(2025, 4, 3))]),
        (date(2015, 1, 1), 4347, [(4383, date(2026, 12, 31)), (4400, date(2027, 1, 17))]),
    ],
)
def test_the_milestones_ahead(since: date, days: int, expected: list[tuple[int, date]]) -> None:
    """A week, a month, fifty, hundreds; and years to the day."""
    assert expected == [(one.days, one.date) for one in next_milestones(since, days, 2)]


@pytest.mark.skipif(not TSC.exists(), reason="Node's tools are not installed")
@pytest.mark.parametrize(("script", "library"), [("page.js", "dom,dom.iterable"), ("worker.js", "webworker")])
def test_the_scripts_are_what_their_types_say(script: str, library: str) -> None:
    """Checked by TypeScript, as strictly as it can."""
    options = [
        "--allowJs",
        "--checkJs",
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--lib",
        f"es2022,{library}",
    ]
    done = subprocess.run([TSC, *options, STATIC / script], capture_output=True, text=True, check=False)
    assert "" == done.stdout


def test_a_page_of_an_older_database_is_not_brought_up_to_the_note(site: PageSite) -> None:
    """After a restore, or where the page could not be rendered: it says how far it goes itself, and no more."""

    def shown() -> tuple[str, str]:
        home = requests.get(f"{site.address}/", timeout=10).text
        summary = requests.get(f"{site.address}/page/summary.json", timeout=10).json()
        return re.findall(r'data-as-of="([^"]*)"', home)[0], summary["data_as_of"]

    own = shown()
    later = site.now = NOW + timedelta(days=3)
    file = Path(site.settings.duckdb_path).with_name("freshness.json")
    said = Freshness(data_as_of=later, last_success_at=later)
    for note in (
        said.model_copy(update={"restored_at": "20261127T000000.000000Z"}),
        said.model_copy(update={"database_mark": later}),
    ):
        file.write_text(note.model_dump_json(), encoding="utf-8")
        assert own == shown()
    file.write_text(said.model_dump_json(), encoding="utf-8")
    assert (to_text(later), to_text(later)) == shown()
