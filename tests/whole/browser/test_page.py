"""The page in a real browser: its weight, its words for those who do not see it, its state, and what is left offline."""

from __future__ import annotations

import gzip
import json
import re
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.stage.page_records import NOW
from tests.stage.page_site import PageSite
from tests.whole.browser.conftest import Opener, settle

AXE = (Path(axe_playwright_python.__file__).with_name("axe.min.js")).read_text(encoding="utf-8")
SECTIONS = ("calendar", "records", "streaks", "months", "years")


# Notes every shift of the layout, with the elements that moved.
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    window.shifts.push([one.value, ...one.sources.map((of) => of.node?.outerHTML?.slice(0, 60))]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def fetch(url: str, **headers: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of an answer, as it travels."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def opened(context: BrowserContext, site: PageSite, path: str = "/", *, now: Any = None) -> Page:
    """The page, at the site's present; what the browser complains of fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security" in message.text else None,
    )
    page.clock.set_fixed_time(now or site.now)
    page.goto(f"{site.address}{path}")
    page.wait_for_load_state("networkidle")
    assert not complaints
    return page


def hero(page: Page) -> tuple[str, str, str]:
    """What the page says of the streak: length, state, text."""
    streak = page.locator("#streak")
    return (
        str(streak.get_attribute("data-days")),
        str(streak.get_attribute("data-state")),
        page.inner_text("#days"),
    )


def test_the_page_keeps_to_its_budget(many: PageSite, phone: Opener) -> None:
    """The number within 14 KB, everything within 45 KB and five requests; one request when it is opened again."""
    headers, body = fetch(f"{many.address}/", **{"Accept-Encoding": "gzip"})
    assert "gzip" == headers["content-encoding"]
    assert len(body) <= 14 * 1024
    assert b'id="days">' in gzip.decompress(body)
    many.take()
    context = phone()
    page = opened(context, many)
    settle(page)
    page.wait_for_timeout(300)
    asked = many.take()
    assert len(asked) <= 5, asked
    sizes = [len(fetch(f"{many.address}{path}", **{"Accept-Encoding": "gzip"})[1]) for _, path, _ in asked]
    assert sum(sizes) <= 45 * 1024, dict(zip(asked, sizes, strict=True))
    many.take()
    page.goto(f"{many.address}/")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    again = many.take()
    assert ["/"] == [path for _, path, _ in again], again
    assert {200, 304} >= {status for _, _, status in again}


def test_the_number_does_not_move(many: PageSite, phone: Opener) -> None:
    """Nothing that is loaded later shifts it."""
    context = phone()
    context.add_init_script(SHIFTS)
    page = opened(context, many)
    page.wait_for_timeout(400)
    shifts = page.evaluate("window.shifts")
    assert sum(one[0] for one in shifts) < 0.02, shifts


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "path", ["/", "/page/2026.html", "/page/2026-11.html", "/page/2026-11.html#2026-11-26"]
)
def test_those_who_do_not_see_it_can_use_it(
    many: PageSite, phone: Opener, width: int, scheme: str, path: str
) -> None:
    """Axe finds nothing, with every table unfolded."""
    page = opened(phone(width, 900, color_scheme=scheme), many, path)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [] == [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1600])
def test_nothing_scrolls_sideways(
    many: PageSite, single: PageSite, empty: PageSite, phone: Opener, width: int
) -> None:
    """From a small phone to a wide desk; a year, a month and a day too."""
    context = phone(width, 800)
    places = [
        (many, "/"),
        (many, "/page/2025.html"),
        (many, "/page/2026-11.html"),
        (many, "/page/2026-11.html#2026-11-20"),
    ]
    for site, path in [*places, (single, "/"), (empty, "/"), (many, "/in")]:
        page = opened(context, site, path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, site.address)
        page.close()


def test_every_picture_has_its_words_and_its_table(many: PageSite, empty: PageSite, phone: Opener) -> None:
    """Title and description in the picture, the numbers in a table; where there is no run too."""
    for site in (many, empty):
        page = opened(phone(), site)
        for name in SECTIONS:
            assert page.locator(f"#{name} table").count() >= 1, name
        for picture in page.locator("svg[role=img]").all():
            assert picture.locator("title").count()
            assert picture.locator("desc").count()


def test_it_can_be_used_by_keyboard(many: PageSite, phone: Opener) -> None:
    """Every link and button is reached in the order of the page, and shows that it is."""
    page = opened(phone(1280, 900), many)
    page.keyboard.press("Tab")
    assert "Skip to the calendar" == page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Tab")
    assert "ask" == page.evaluate("document.activeElement.id")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert "none" != outline
    reached = {page.evaluate("document.activeElement.outerHTML.slice(0, 60)")}
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
    assert len(reached) >= 12


def test_without_its_script_it_says_what_was_known(many: PageSite, phone: Opener) -> None:
    """The number, the state and the time of it are in the page itself, in the same words."""
    plain = phone(java_script_enabled=False).new_page()
    plain.goto(f"{many.address}/")
    page = opened(phone(), many)
    for name in ("days", "state-word", "state-line", "freshness", "since"):
        assert plain.inner_text(f"#{name}") == page.inner_text(f"#{name}"), name
    assert [one.inner_text() for one in plain.locator("#week li").all()] == [
        one.inner_text() for one in page.locator("#week li").all()
    ]


def test_its_state_is_the_one_of_now(streak_site: PageSite, phone: Opener) -> None:
    """Of the same page: done today, at risk tomorrow, not known the day after; broken when a sync has seen nothing."""
    seen = [hero(opened(phone(), streak_site, now=NOW + timedelta(days=days))) for days in (0, 1, 2)]
    assert [("40", "done_today", "40"), ("40", "at_risk", "40"), ("40", "unknown", "40")] == seen
    streak_site.note_freshness(NOW + timedelta(days=2))
    page = opened(phone(), streak_site, now=NOW + timedelta(days=2))
    assert ("0", "broken", "0") == hero(page)
    assert "yesterday had no run" in page.inner_text("#state-line")
    assert not page.is_visible("#milestone")
    assert "0 days · MyRunStreak" == page.title()


def test_a_day_that_had_not_ended_when_smashrun_was_seen_is_no_day_off(
    streak_site: PageSite, phone: Opener
) -> None:
    """Two days later nothing is known of yesterday: a question mark, and a dash once a sync has seen that it was off."""

    def ends() -> list[str]:
        page = opened(phone(), streak_site, now=NOW + timedelta(days=2))
        return [one.inner_text() for one in page.locator("#week li b").all()][-3:]

    assert ["10.5", "?", "–"] == ends()
    streak_site.note_freshness(NOW + timedelta(days=2))
    assert ["10.5", "–", "–"] == ends()


def test_old_data_says_so_where_it_is_shown(streak_site: PageSite, phone: Opener) -> None:
    """More than a day without a complete sync is said beside the state."""
    fresh = opened(phone(), streak_site)
    assert not fresh.is_visible("#old")
    old = opened(phone(), streak_site, now=NOW + timedelta(hours=27))
    assert old.is_visible("#old")
    assert "on 26 Nov 2026 at 18:30" in old.inner_text("#freshness")


def test_a_day_says_why_it_counted(many: PageSite, phone: Opener) -> None:
    """One tap from the week; the other days of the month are out of the way."""
    page = opened(phone(), many)
    page.locator("#week li a").nth(5).click()
    page.wait_for_url("**/page/2026-11.html#2026-11-25")
    shown = [one for one in page.locator("article").all() if one.is_visible()]
    assert ["2026-11-25"] == [one.get_attribute("id") for one in shown]
    assert re.search(r"A run day, day 1,\d\d\d of its streak", shown[0].inner_text())
    assert "any recorded run counts" in shown[0].inner_text()
    page.get_by_role("link", name="All days of November").click()
    assert page.locator(".list").is_visible()


def test_without_network_it_shows_what_was_seen_and_says_so(streak_site: PageSite, phone: Opener) -> None:
    """The second visit: the number, its state now, and when that was seen."""
    context = phone()
    settle(opened(context, streak_site))
    streak_site.is_down = True
    page = context.new_page()
    page.clock.set_fixed_time(NOW + timedelta(days=1))
    page.goto(f"{streak_site.address}/")
    assert ("40", "at_risk", "40") == hero(page)
    assert page.is_visible("#seen")
    assert "last seen" in page.inner_text("#seen")
    streak_site.is_down = False
    page.goto(f"{streak_site.address}/")
    assert not page.is_visible("#seen")


def test_a_month_that_was_seen_is_there_without_network_and_says_so(
    streak_site: PageSite, phone: Opener
) -> None:
    """Not only the first page is old when it is old."""
    context = phone()
    settle(opened(context, streak_site))
    page = opened(context, streak_site, "/page/2026-11.html")
    assert not page.is_visible("#seen")
    page.wait_for_timeout(300)
    streak_site.is_down = True
    page.goto(f"{streak_site.address}/page/2026-11.html")
    assert "last seen" in page.inner_text("#seen")


def test_a_network_that_is_slow_is_not_waited_for(streak_site: PageSite, phone: Opener) -> None:
    """After two seconds what was seen last is shown."""
    context = phone()
    settle(opened(context, streak_site))
    streak_site.delay_s = 8.0
    page = context.new_page()
    page.goto(f"{streak_site.address}/", timeout=6_000)
    assert page.is_visible("#seen")
    streak_site.delay_s = 0.0


def test_a_new_page_replaces_the_old_one(streak_site: PageSite, phone: Opener) -> None:
    """Also for the next time without network."""
    context = phone()
    settle(opened(context, streak_site))
    home = Path(streak_site.settings.duckdb_path).parent / "page" / "index.html"
    home.write_text(
        home.read_text(encoding="utf-8").replace("any run counts", "a new rule"), encoding="utf-8"
    )
    page = context.new_page()
    page.goto(f"{streak_site.address}/")
    assert "a new rule" in page.inner_text("#since")
    page.wait_for_timeout(300)
    streak_site.is_down = True
    page.goto(f"{streak_site.address}/")
    assert "a new rule" in page.inner_text("#since")


def test_asking_smashrun_shows_the_run_that_was_missing(streak_site: PageSite, phone: Opener) -> None:
    """At risk, one tap, done: the page is the one that the sync has rendered."""
    import duckdb

    from tests.stage.page_records import a_streak
    from tests.stage.runs import put

    streak_site.now = tomorrow = NOW + timedelta(days=1)

    def sync() -> None:
        with duckdb.connect(streak_site.settings.duckdb_path) as connection:
            connection.execute("DELETE FROM activities")
            put(a_streak(41, ends=tomorrow.date()), connection)
        streak_site.note_freshness(tomorrow)
        streak_site.render()

    streak_site.starter.on_start = sync
    page = opened(phone(), streak_site)
    assert ("40", "at_risk") == hero(page)[:2]
    page.click("#ask")
    page.locator("#streak[data-state=done_today]").wait_for(timeout=10_000)
    assert ("41", "done_today", "41") == hero(page)
    page.click("#ask")
    page.get_by_text("a moment ago").wait_for()
    assert 1 == streak_site.starter.starts


def test_it_opens_from_disk(many: PageSite, phone: Opener, tmp_path: Path) -> None:
    """Every link of the files leads to a file, and the state is computed there too."""
    from myrunstreak.page.publish import write_pages

    from scripts.record.page import open_source

    with open_source(many.settings) as source:
        write_pages(source, tmp_path)
    page = phone().new_page()
    page.clock.set_fixed_time(NOW)
    page.goto((tmp_path / "index.html").as_uri())
    assert "1,200" == page.inner_text("#days")
    assert "done_today" == page.locator("#streak").get_attribute("data-state")
    assert not page.is_visible("#ask")
    for file in [tmp_path / "index.html", *sorted((tmp_path / "page").glob("2026*.html"))]:
        html = file.read_text(encoding="utf-8")
        for link in re.findall(r'(?:href|src)="([^"#]+)', html):
            if not link.startswith(("data:", "docs/")):
                assert (file.parent / link).exists(), (file.name, link)
    page.locator("#week li a").nth(5).click()
    assert page.locator("article:target").is_visible()


def test_summary_says_the_facts(many: PageSite) -> None:
    """Kilometres a day and what decides a run day; no state."""
    _, body = fetch(f"{many.address}/page/summary.json")
    facts = json.loads(body)
    assert {
        "km",
        "minimum_km",
        "timezone",
        "last_run_day",
        "data_as_of",
        "version",
        "first_day",
    } <= facts.keys()
    assert "state" not in facts
    assert len(gzip.compress(body)) < 26 * 1024
