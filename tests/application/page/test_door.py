"""Who gets in, over HTTP: origins, keys, codes that work once, guessing, and what others may see."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import requests
from myrunstreak.api.keys import ApiKeys
from myrunstreak.errors import StoreUnavailable
from myrunstreak.page.sessions import CodeRefused, PhoneRefused
from myrunstreak.page.sharing import Sharing, write_sharing
from myrunstreak.store.blobs import open_blobs

from tests.stage.page_records import NOW
from tests.stage.page_site import PageSite

FILES = ("status.json", "badge.json", "badge.svg", "streak.ics", "poster-2026.svg")
SECRET = "Secret4711"


def post(site: PageSite, path: str, origin: str | None = "own", **more: object) -> requests.Response:
    """A POST as a browser sends it."""
    headers = {} if origin is None else {"Origin": site.address if origin == "own" else origin}
    headers |= more.pop("headers", {})  # type: ignore[arg-type]
    return requests.post(f"{site.address}{path}", headers=headers, timeout=10, **more)  # type: ignore[arg-type]


def signed_in(site: PageSite) -> dict[str, str]:
    """The header of a phone that is signed in."""
    answer = post(site, "/session", json={"code": site.sessions.new_code("phone")})
    assert 204 == answer.status_code
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


@pytest.mark.parametrize(
    "path", ["/", "/page/2026.html", "/page/2026-11.html", "/page/summary.json", "/refresh", "/session"]
)
def test_nothing_of_the_runner_is_seen_without_a_session_or_a_key(locked: PageSite, path: str) -> None:
    """A wrong key, a made-up session; with one of the right ones it is."""
    for headers in ({}, {"Authorization": "Bearer mrs_wrong"}, {"Cookie": "__Host-session=made-up"}):
        answer = requests.get(f"{locked.address}{path}", headers=headers, timeout=10)
        assert 401 == answer.status_code
        assert "2026-11-26" not in answer.text
    key = ApiKeys.open(locked.settings).new("test")
    for headers in ({"Authorization": f"Bearer {key}"}, signed_in(locked)):
        assert requests.get(f"{locked.address}{path}", headers=headers, timeout=10).status_code in {200, 204}
    both = {"Authorization": f"Bearer {key}", **signed_in_again(locked)}
    assert 400 == requests.get(f"{locked.address}{path}", headers=both, timeout=10).status_code


def signed_in_again(site: PageSite) -> dict[str, str]:
    """The header of another phone."""
    answer = post(site, "/session", json={"code": site.sessions.new_code("another")})
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1"])
def test_other_sites_change_nothing(locked: PageSite, origin: str | None) -> None:
    """Neither sign in, nor out, nor ask Smashrun; nor by GET."""
    session = signed_in(locked)
    code = locked.sessions.new_code("victim")
    assert 403 == post(locked, "/session", origin, json={"code": code}).status_code
    assert 403 == post(locked, "/session/end", origin, headers=session).status_code
    assert 403 == post(locked, "/refresh", origin, headers=session).status_code
    assert 0 == locked.starter.starts
    assert 405 == requests.get(f"{locked.address}/session/end", headers=session, timeout=10).status_code
    assert 200 == requests.get(f"{locked.address}/", headers=session, timeout=10).status_code


def test_on_loopback_other_sites_change_nothing_either(site: PageSite) -> None:
    """Where no sign-in is asked, a page elsewhere still starts no sync."""
    assert 403 == post(site, "/refresh", "https://evil.example").status_code
    assert 202 == post(site, "/refresh").status_code


def test_smashrun_is_asked_once_in_five_minutes(locked: PageSite) -> None:
    """With a key, which needs no origin; the refusal says when."""
    bearer = {"Authorization": f"Bearer {ApiKeys.open(locked.settings).new('test')}"}
    locked.note_freshness(NOW - timedelta(hours=1))
    assert 202 == post(locked, "/refresh", None, headers=bearer).status_code
    refused = post(locked, "/refresh", None, headers=bearer)
    assert (429, 1) == (refused.status_code, locked.starter.starts)
    assert 290 <= int(refused.headers["Retry-After"]) <= 301
    running = requests.get(f"{locked.address}/refresh", headers=bearer, timeout=10).json()
    locked.note_freshness(NOW + timedelta(seconds=5))
    done = requests.get(f"{locked.address}/refresh", headers=bearer, timeout=10).json()
    assert ("running", "done") == (running["state"], done["state"])
    locked.now = NOW + timedelta(minutes=6)
    locked.starter.reason = "Smashrun does not answer."
    assert 202 == post(locked, "/refresh", None, headers=bearer).status_code
    failed = requests.get(f"{locked.address}/refresh", headers=bearer, timeout=10).json()
    assert ("failed", "Smashrun does not answer.") == (failed["state"], failed["text"])


def test_a_start_that_fails_may_be_tried_again_at_once(locked: PageSite) -> None:
    """Nothing was asked, so there is nothing to wait for; what went wrong is said."""
    bearer = {"Authorization": f"Bearer {ApiKeys.open(locked.settings).new('test')}"}

    def fail() -> None:
        raise StoreUnavailable("Cannot start the sync function: AWS answered 503.")

    locked.starter.on_start = fail
    refused = post(locked, "/refresh", None, headers=bearer)
    assert (503, True) == (refused.status_code, "Cannot start" in refused.text)
    locked.starter.on_start = lambda: None
    assert 202 == post(locked, "/refresh", None, headers=bearer).status_code


def test_strangers_learn_nothing_of_what_is_broken(locked: PageSite) -> None:
    """Where sessions or pages cannot be read: no path, no name, no reason."""
    folder = Path(locked.settings.duckdb_path).parent
    sessions = folder / "sessions"
    sessions.mkdir()
    (sessions / "sessions.json").write_text("[]", encoding="utf-8")
    made_up = {"Cookie": "__Host-session=made-up"}
    answers = [
        requests.get(f"{locked.address}/", headers=made_up, timeout=10),
        post(locked, "/session", json={"code": "x"}),
        post(locked, "/session/end", headers=made_up),
    ]
    write_sharing(open_blobs(locked.settings.page, "us-east-2"), Sharing("a" * 27, is_on=True))
    (folder / "page" / "share.json").unlink()
    (folder / "page" / "share.json").mkdir()
    answers.append(requests.get(f"{locked.address}/share/{'a' * 27}/status.json", timeout=10))
    for answer in answers:
        assert answer.status_code >= 500
        assert str(folder) not in answer.text
        assert "json" not in answer.json()["detail"]


def test_two_phones_with_one_code(locked: PageSite) -> None:
    """At the same instant: one gets in."""
    code = locked.sessions.new_code("phone")
    with ThreadPoolExecutor(8) as phones:
        answers = list(
            phones.map(lambda _: post(locked, "/session", json={"code": code}).status_code, range(4))
        )
    assert [204, 403, 403, 403] == sorted(answers)
    assert 1 == len(locked.sessions.phones())


def test_codes_end(locked: PageSite) -> None:
    """Used, too old, unknown; a name is taken while its phone is signed in."""
    sessions = locked.sessions
    code = sessions.new_code("phone")
    sessions.redeem(code)
    with pytest.raises(CodeRefused, match="used already"):
        sessions.redeem(code)
    with pytest.raises(PhoneRefused, match="revoke phone"):
        sessions.new_code("phone")
    for name in ("", " ", "x" * 41, "a\nb", "<script>"):
        with pytest.raises(PhoneRefused, match="no name for a phone"):
            sessions.new_code(name)
    late = sessions.new_code("Anna's late phone")
    locked.now = NOW + timedelta(minutes=10)
    with pytest.raises(CodeRefused, match="too old"):
        sessions.redeem(late)
    with pytest.raises(CodeRefused, match="not known"):
        sessions.redeem("0" * 26)
    kept = (Path(locked.settings.duckdb_path).parent / "sessions" / "sessions.json").read_text(
        encoding="utf-8"
    )
    assert code not in kept


def test_guessing_is_slowed_down(locked: PageSite) -> None:
    """Five wrong codes in a minute, then a wait; bodies that are no code are refused too."""
    for body in (None, "[]", '{"code": 5}', "{" * 500):
        assert 400 == post(locked, "/session", data=body).status_code
    statuses = [post(locked, "/session", json={"code": f"wrong{number}"}).status_code for number in range(6)]
    assert [403] * 5 + [429] == statuses
    locked.now = NOW + timedelta(minutes=1, seconds=1)
    assert 204 == post(locked, "/session", json={"code": locked.sessions.new_code("phone")}).status_code


def test_headers_are_strict(locked: PageSite) -> None:
    """No unsafe source, no inline handler, no inline script; data is not kept by others."""
    session = signed_in(locked)
    for path in ("/", "/page/2026-11.html"):
        answer = requests.get(f"{locked.address}{path}", headers=session, timeout=10)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "private, no-cache" == answer.headers["Cache-Control"]
        assert "same-origin" == answer.headers["Cross-Origin-Opener-Policy"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert " style=" not in answer.text
        assert " onclick" not in answer.text
        assert answer.text.count("<script") == answer.text.count('<script src="')
        again = requests.get(
            f"{locked.address}{path}", headers=session | {"If-None-Match": answer.headers["ETag"]}, timeout=10
        )
        assert (304, b"") == (again.status_code, again.content)


# -- what others may see ------------------------------------------------------------------------------


def plant_secrets(site: PageSite) -> None:
    """Put what others may never see into every field that can hold a text."""
    with duckdb.connect(site.settings.duckdb_path) as connection:
        for (column,) in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'activities' AND data_type = 'VARCHAR'"
            " AND column_name NOT IN ('activity_type', 'content_hash')"
        ).fetchall():
            connection.execute(f"UPDATE activities SET {column} = '{SECRET}<script>'")
        connection.execute(
            "UPDATE activities SET activity_id = 77001100 + activity_id, temperature_c = 33.25"
        )
        connection.execute("UPDATE activities SET elevation_gain_m = 4711.5")
    site.render()


def test_only_those_with_the_address_see_what_is_shared(site: PageSite) -> None:
    """Off, another address, file or year: the same answer as for a path that names nothing."""
    folder = open_blobs(site.settings.page, "us-east-2")
    nothing = requests.get(f"{site.address}/share/", timeout=10)
    write_sharing(folder, Sharing("a" * 27, is_on=False))
    paths = [
        *(f"/share/{'a' * 27}/{name}" for name in FILES),
        f"/share/{'b' * 27}/status.json",
        "/share//status.json",
    ]
    write = [requests.get(f"{site.address}{path}", timeout=10) for path in paths]
    write_sharing(folder, Sharing("a" * 27, is_on=True))
    unknown = (
        "made-of.json",
        "summary.json",
        "../summary.json",
        "poster-1999.svg",
        "poster-2030.svg",
        "poster-x.svg",
        "",
    )
    write += [requests.get(f"{site.address}/share/{'a' * 27}/{name}", timeout=10) for name in unknown]
    write += [requests.get(f"{site.address}/share/{'A' * 27}/status.json", timeout=10)]
    assert {(404, nothing.text)} == {(one.status_code, one.text) for one in write}
    for name in FILES:
        answer = requests.get(f"{site.address}/share/{'a' * 27}/{name}", timeout=10)
        assert 200 == answer.status_code
        assert "public, max-age=300" == answer.headers["Cache-Control"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_what_is_shared_holds_nothing_else(site: PageSite) -> None:
    """Every field of every run is planted; of a run only its day and its kilometres come out, and not today's."""
    plant_secrets(site)
    write_sharing(open_blobs(site.settings.page, "us-east-2"), Sharing("a" * 27, is_on=True))
    texts = {name: requests.get(f"{site.address}/share/{'a' * 27}/{name}", timeout=10).text for name in FILES}
    for name, text in texts.items():
        for planted in (SECRET, "770011", "4711", "33.25", "07:12", "7:12", "<script"):
            assert planted not in text, (name, planted)
    status = json.loads(texts["status.json"])
    assert {
        "streak",
        "longest",
        "minimum_km",
        "state",
        "as_of",
        "fresh_on",
        "is_stale",
        "totals",
    } == status.keys()
    assert (39, "kept", "2026-11-25", "2026-11-26") == (
        status["streak"]["days"], status["state"], status["as_of"], status["fresh_on"],
    )  # fmt: skip
    assert 365 == len(status["totals"]["km"])
    write_sharing(open_blobs(site.settings.page, "us-east-2"), Sharing("a" * 27, is_on=True, is_live=True))
    live = requests.get(f"{site.address}/share/{'a' * 27}/status.json", timeout=10).json()
    assert (40, "2026-11-26") == (live["streak"]["days"], live["as_of"])


def test_what_is_stale_is_shared_as_stale(site: PageSite) -> None:
    """A badge that goes on saying the same says that it is old."""
    write_sharing(open_blobs(site.settings.page, "us-east-2"), Sharing("a" * 27, is_on=True))
    ask = f"{site.address}/share/{'a' * 27}"
    assert not requests.get(f"{ask}/badge.json", timeout=10).json()["isError"]
    site.now = NOW + timedelta(hours=27)
    badge = requests.get(f"{ask}/badge.json", timeout=10).json()
    assert (True, "lightgrey") == (badge["isError"], badge["color"])
    assert "stale" in badge["message"]
    assert "stale" in requests.get(f"{ask}/badge.svg", timeout=10).text


def test_notes_and_places_stay_text(site: PageSite) -> None:
    """A record may hold markup anywhere: on the page it is no markup, and most of it is not shown at all."""
    plant_secrets(site)
    for path in ("/", "/page/2026-11.html", "/page/2026.html"):
        text = requests.get(f"{site.address}{path}", timeout=10).text
        assert f"{SECRET}<script>" not in text
        assert SECRET not in text
