"""Several records behind one address: keys, codes and cookies say whose they are, and open that record alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from myrunstreak.api.keys import ApiKeys, tenant_of_key
from myrunstreak.contract.club import new_runner_id
from myrunstreak.page.assets import SIGN_IN, read
from myrunstreak.page.sessions import shown_in_groups, tenant_of_code, tenant_of_secret

from tests.stage.page_records import NOW, a_streak
from tests.stage.page_site import PageSite, served


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[PageSite]]:
    """The records of two runners of a club."""
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    first, second = [
        served(folder, a_streak(3), NOW, has_keys=True, tenant=new_runner_id()) for folder in folders
    ]
    with first as a, second as b:
        yield [a, b]


def test_a_key_says_whose_it_is_and_opens_that_record_alone(sites: list[PageSite]) -> None:
    """Also where another's id is put before its secret."""
    mine, other = sites
    key = ApiKeys.open(mine.settings).new("phone")
    assert f"mrs_{mine.settings.tenant}_" == key[:31]
    assert len(key) == 31 + 43
    assert mine.settings.tenant == tenant_of_key(f"Bearer {key}")
    assert 200 == ask(mine, {"Authorization": f"Bearer {key}"})
    forged = f"mrs_{other.settings.tenant}_{key[31:]}"
    for wrong in (key, forged, f"mrs_{key[31:]}"):
        assert 401 == ask(other, {"Authorization": f"Bearer {wrong}"})


def test_a_code_and_the_cookie_it_gives_say_whose_they_are(sites: list[PageSite]) -> None:
    """As printed, as typed, and in the hands of another record."""
    mine, other = sites
    code = mine.sessions.new_code("phone")
    typed = shown_in_groups(code).upper()
    limit = re.search(rb'id="code"[^>]* maxlength="(\d+)"', read(SIGN_IN))
    assert limit is not None
    assert len(typed) <= int(limit[1])
    assert mine.settings.tenant == tenant_of_code(typed) == tenant_of_code(code)
    forged = f"{other.settings.tenant}{code[26:]}"
    assert [403, 403, 403, 204] == [
        sign_in(*one).status_code
        for one in ((other, typed), (other, forged), (mine, code[26:]), (mine, typed))
    ]
    secret = mine.sessions.redeem(mine.sessions.new_code("another"))
    assert mine.settings.tenant == tenant_of_secret(secret)
    assert 200 == ask(mine, {"Cookie": f"__Host-session={secret}"})
    for wrong in (secret, f"{other.settings.tenant}{secret[26:]}"):
        assert 401 == ask(other, {"Cookie": f"__Host-session={wrong}"})


@pytest.mark.parametrize(
    "text", ["", "mrs_", "mrs_short_x", f"mrs_{'u' * 26}_x", "7q3zr0d5k8w1m9x2c4v6b0n8a", "é" * 40]
)
def test_what_begins_with_no_id_is_nobodys(text: str) -> None:
    """A key without a tenant too."""
    assert tenant_of_key(f"Bearer {text}") is None
    assert tenant_of_code(text) is None
    assert tenant_of_secret(text) is None


def test_where_a_record_stands_alone_nothing_is_put_before(tmp_path: Path) -> None:
    """Keys, codes and cookies are as they ever were."""
    with served(tmp_path, a_streak(3), NOW, has_keys=True) as site:
        key = ApiKeys.open(site.settings).new("phone")
        assert re.fullmatch(r"mrs_[\w-]{43}", key)
        code = site.sessions.new_code("phone")
        assert re.fullmatch(r"[0-9a-z]{26}", code)
        assert re.fullmatch(r"[\w-]{43}", site.sessions.redeem(code))


def ask(site: PageSite, headers: dict[str, str]) -> int:
    return requests.get(f"{site.address}/", headers=headers, timeout=10).status_code


def sign_in(site: PageSite, code: str) -> requests.Response:
    return requests.post(
        f"{site.address}/session", json={"code": code}, headers={"Origin": site.address}, timeout=10
    )
