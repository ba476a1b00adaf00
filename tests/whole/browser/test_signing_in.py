"""Signing a phone in and out in a real browser: by the link, by typing, once, and out at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.stage.page_records import NOW, a_streak
from tests.stage.page_site import PageSite, served
from tests.whole.browser.conftest import Opener, settle


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[PageSite]:
    """A page that asks who is there."""
    with served(tmp_path, a_streak(40), NOW, has_keys=True) as site:
        yield site


def sign_in(context: BrowserContext, site: PageSite, name: str = "phone") -> Page:
    """Open the link of a new code."""
    code = site.sessions.new_code(name)
    page = context.new_page()
    page.clock.set_fixed_time(site.now)
    page.goto(f"{site.address}/in#{code}")
    page.locator("#streak").wait_for(timeout=10_000)
    return page


def test_a_scanned_code_opens_the_page_and_leaves_no_trace(locked: PageSite, phone: Opener) -> None:
    """Without a code nothing of the runner is shown; the code is neither in the address nor in the history."""
    stranger = phone().new_page()
    stranger.goto(f"{locked.address}/")
    assert stranger.locator("#sign-in").is_visible()
    assert "40" not in stranger.content()
    context = phone()
    page = sign_in(context, locked)
    assert "40" == page.inner_text("#days")
    assert f"{locked.address}/" == page.url
    assert page.locator("#sign-out").is_visible()
    [cookie] = context.cookies()
    assert ("__Host-session", True, True, "Strict", "/") == (
        cookie.get("name"), cookie.get("httpOnly"), cookie.get("secure"), cookie.get("sameSite"), cookie.get("path"),
    )  # fmt: skip
    assert "" == page.evaluate("document.cookie")


def test_a_code_can_be_typed(locked: PageSite, phone: Opener) -> None:
    """In capitals, with dashes, with the letter O for nought; a wrong one is refused in words."""
    from myrunstreak.page.sessions import shown_in_groups

    code = locked.sessions.new_code("tablet")
    page = phone().new_page()
    page.goto(f"{locked.address}/in")
    page.fill("#code", "wrong")
    page.click("button")
    page.get_by_text("This code is not known").wait_for()
    page.fill("#code", shown_in_groups(code).upper().replace("0", "O"))
    page.click("button")
    page.locator("#streak").wait_for(timeout=10_000)


def test_a_used_code_says_so(locked: PageSite, phone: Opener) -> None:
    """A second phone with the same link stays out."""
    code = locked.sessions.new_code("phone")
    first, second = phone().new_page(), phone().new_page()
    first.goto(f"{locked.address}/in#{code}")
    first.locator("#streak").wait_for(timeout=10_000)
    second.goto(f"{locked.address}/in#{code}")
    second.get_by_text("used already").wait_for()
    second.goto(f"{locked.address}/")
    assert second.locator("#sign-in").is_visible()


def test_signing_out_leaves_nothing_behind(locked: PageSite, phone: Opener) -> None:
    """No cache, no worker, no cookie; and without network no page."""
    context = phone()
    page = sign_in(context, locked)
    settle(page)
    page.click("#sign-out")
    page.locator("#sign-in").wait_for(timeout=10_000)
    assert [] == page.evaluate("caches.keys()")
    assert 0 == page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)")
    assert [] == context.cookies()
    assert "revoked" == locked.sessions.phones()[0].state(locked.now)


def test_a_revoked_phone_is_out_at_once_and_is_told(locked: PageSite, phone: Opener) -> None:
    """What it had kept for later goes with it."""
    context = phone()
    settle(sign_in(context, locked))
    locked.sessions.revoke("phone")
    page = context.new_page()
    page.goto(f"{locked.address}/")
    page.get_by_text("This phone was signed out").wait_for()
    page.wait_for_timeout(300)
    assert [] == page.evaluate("caches.keys()")
    locked.is_down = True
    with pytest.raises(Exception, match="net::"):
        page.goto(f"{locked.address}/")


def test_a_phone_that_is_used_stays_signed_in(locked: PageSite, phone: Opener) -> None:
    """It is renewed after a month, and out after 400 days without use."""
    context = phone()
    page = sign_in(context, locked)
    locked.now = NOW + timedelta(days=40)
    page.goto(f"{locked.address}/")
    [kept] = locked.sessions.phones()
    assert NOW + timedelta(days=440) == kept.expires_at
    locked.now = NOW + timedelta(days=900)
    page.goto(f"{locked.address}/")
    page.get_by_text("more than 400 days ago").wait_for()
