"""Keys without a store: which headers open, what is compared, what is kept, which names are taken."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.api.keys import ApiKeys, KeyRefused
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings
from myrunstreak.secrets.document import JsonDocument

START = datetime(2026, 11, 1, 6, tzinfo=UTC)


class Drawer(JsonDocument):
    """A place for keys in memory.

    Attributes:
        text: the stored document, as text.
        reads: how often it was read.
        limit_bytes: how much it holds; 0: anything.
    """

    def __init__(self, limit_bytes: int = 0) -> None:
        self.text: str | None = None
        self.reads = 0
        self.limit_bytes = limit_bytes

    @property
    def name(self) -> str:
        """How messages call it."""
        return "the drawer"

    def read(self) -> dict[str, object] | None:
        """The document."""
        self.reads += 1
        return None if self.text is None else json.loads(self.text)

    def write(self, value: dict[str, object]) -> None:
        """Replace the document."""
        self.text = json.dumps(value, separators=(",", ":"))


class Ticking:
    """A clock that moves a minute at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The present."""
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def drawer() -> Drawer:
    """An empty one."""
    return Drawer()


@pytest.fixture
def keys(drawer: Drawer) -> ApiKeys:
    """The keys in it."""
    return ApiKeys(drawer, clock=Ticking())


def test_only_a_bearer_header_with_a_living_key_opens(keys: ApiKeys) -> None:
    """The scheme's case and the blanks around do not matter; anything else about the header does."""
    key = keys.new("phone")
    for header in (f"Bearer {key}", f"bearer {key}", f"BEARER {key}", f" Bearer  {key} "):
        assert keys.accepts(header), header
    wrong = (
        None,
        "",
        key,
        "Bearer",
        "Bearer ",
        f"Bearer{key}",
        f"Basic {key}",
        f"Bearer {key}x",
        f"Bearer {key[:-1]}",
        f"Bearer {key.upper()}",
        f"Bearer {key} {key}",
        f"Bearer {key}, Bearer {key}",
        f"Bearer {hashlib.sha256(key.encode()).hexdigest()}",
        f"Bearer {' ' * 200}{key}",
    )
    for header in wrong:
        assert not keys.accepts(header), header


@given(st.text(max_size=300))
def test_no_text_but_a_key_opens_or_fails(text: str) -> None:
    """Whatever a header holds, surrogates too, the answer is no and never an error."""
    keys = ApiKeys(Drawer())
    keys.new("phone")
    assert not keys.accepts(text)
    assert not keys.accepts(f"Bearer {text}")


def test_where_there_is_no_place_for_keys_nothing_opens() -> None:
    """Without API_KEYS no header is accepted, and making a key says what to set."""
    keys = ApiKeys.open(Settings())
    for header in (None, "Bearer ", "Bearer mrs_anything"):
        assert not keys.accepts(header)
    for ask in (lambda: keys.new("phone"), keys.all, lambda: keys.revoke("phone")):
        with pytest.raises(InvalidSettings, match="API_KEYS is not set"):
            ask()


def test_every_refusal_takes_the_same_work(
    keys: ApiKeys, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No header, a wrong key, a revoked, the first and the last one: the same reads and the same comparisons."""
    first, revoked, last = (keys.new(name) for name in ("first", "revoked", "last"))
    keys.revoke("revoked")
    compared: list[tuple[int, int]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr("myrunstreak.api.keys.hmac", SimpleNamespace(compare_digest=compare))
    work: list[Any] = []
    answers: list[bool] = []
    for key in (None, "mrs_wrong", revoked, first, last):
        compared.clear()
        drawer.reads = 0
        answers.append(keys.accepts(key and f"Bearer {key}"))
        work.append((drawer.reads, tuple(compared)))
    assert [False, False, False, True, True] == answers
    assert [(1, ((64, 64),) * 4)] * 5 == work


def test_a_key_is_shown_once_and_kept_as_its_hash(keys: ApiKeys, drawer: Drawer) -> None:
    """256 random bits behind a prefix; the store has their hash and no part of the key."""
    key = keys.new("phone")
    assert key.startswith("mrs_")
    assert len(key) == len("mrs_") + 43
    assert drawer.text is not None
    stored = json.loads(drawer.text)["keys"]
    assert [hashlib.sha256(key.encode()).hexdigest()] == [one["sha256"] for one in stored]
    assert key[4:20] not in drawer.text
    assert key != ApiKeys(Drawer()).new("phone")


def test_a_revoked_key_opens_nothing_and_frees_its_name(keys: ApiKeys) -> None:
    """At once, for good, and another may have the name; both stay in the list with their dates."""
    old = keys.new("phone")
    other = keys.new("watch")
    keys.revoke("phone")
    assert not keys.accepts(f"Bearer {old}")
    assert keys.accepts(f"Bearer {other}")
    new = keys.new("phone")
    assert keys.accepts(f"Bearer {new}")
    assert not keys.accepts(f"Bearer {old}")
    assert [("phone", False), ("watch", True), ("phone", True)] == [(k.name, k.alive) for k in keys.all()]
    first = keys.all()[0]
    assert first.revoked_at is not None
    assert START < first.created_at < first.revoked_at
    keys.revoke("phone")
    assert first.revoked_at == keys.all()[0].revoked_at


def test_a_name_belongs_to_one_living_key(keys: ApiKeys) -> None:
    """The second of a name is refused and the first still opens; an unknown one cannot be revoked."""
    key = keys.new("phone")
    with pytest.raises(KeyRefused, match="There is a key named 'phone'"):
        keys.new("phone")
    with pytest.raises(KeyRefused, match="no key named 'tablet' to revoke; living keys: 'phone'"):
        keys.revoke("tablet")
    assert keys.accepts(f"Bearer {key}")
    keys.revoke("phone")
    with pytest.raises(KeyRefused, match="living keys: none"):
        keys.revoke("phone")


@pytest.mark.parametrize(
    "name", ["", " phone", "a\nb", "phone\n", "x" * 41, "Läufer", "a/b", "\x1b[31m", "-x"]
)
def test_an_unusable_name_is_refused(name: str, keys: ApiKeys) -> None:
    """Nothing that would break a line, a list or a terminal; the message is one line itself."""
    with pytest.raises(KeyRefused, match="is no name for a key") as caught:
        keys.new(name)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert [] == keys.all()


def test_a_full_place_drops_the_key_that_was_revoked_first(keys: ApiKeys, drawer: Drawer) -> None:
    """Never a living one: where only those are left, the new key is refused and nothing changes."""
    drawer.limit_bytes = 480
    a, _, c = (keys.new(name) for name in "abc")
    keys.revoke("b")
    keys.revoke("a")
    keys.new("d")
    assert drawer.text is not None
    assert len(drawer.text) <= drawer.limit_bytes
    assert ["a", "c", "d"] == [one.name for one in keys.all()]
    keys.new("e")
    assert ["c", "d", "e"] == [one.name for one in keys.all()]
    before = drawer.text
    with pytest.raises(KeyRefused, match="no room for another key"):
        keys.new("f")
    assert before == drawer.text
    assert keys.accepts(f"Bearer {c}")
    assert not keys.accepts(f"Bearer {a}")


def test_revoking_works_in_a_full_place(keys: ApiKeys, drawer: Drawer) -> None:
    """The date that is added has no room: the key goes as a whole, and opens nothing either way."""
    key = keys.new("a")
    keys.new("b")
    assert drawer.text is not None
    drawer.limit_bytes = len(drawer.text)
    keys.revoke("a")
    assert not keys.accepts(f"Bearer {key}")
    assert ["b"] == [one.name for one in keys.all()]


@pytest.mark.parametrize(
    "text",
    ['{"keys": 5}', '{"keys": [{"name": "x"}]}', '{"keys": [{"name": "x", "sha256": "", "created_at": 0}]}'],
)
def test_what_is_no_list_of_keys_opens_nothing(text: str, keys: ApiKeys, drawer: Drawer) -> None:
    """One line that says where, and nothing is written over it."""
    drawer.text = text
    for ask in (lambda: keys.accepts("Bearer mrs_x"), keys.all, lambda: keys.new("phone")):
        with pytest.raises(InvalidSettings, match="the drawer does not hold API keys"):
            ask()
    assert text == drawer.text
