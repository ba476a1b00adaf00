"""Who is in the club: laws of the registry, on disk and on S3, and what cannot be a runner's name."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.club.members import read_sharing, write_sharing
from myrunstreak.club.registry import Registry, RunnerRefused
from myrunstreak.contract.club import REGISTRY_NAME, ClubSettings, Runner, new_runner_id
from myrunstreak.errors import InvalidSettings
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.local import LocalBlobs

from tests.stage.aws import REGION, Cloud

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
NAMES = ("Anna", "ANNA", "anna ", "Ben", "Zoë", "Straße", "STRASSE", "Ａnna")
IDS = tuple(sign * 26 for sign in "abcd")
Open = Callable[[], Registry]


@pytest.fixture(params=["folder", "bucket"])
def open_it(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same club as often as asked, as separate processes would."""
    if request.param == "folder":
        club = ClubSettings(club=str(tmp_path / "club"))
    else:
        cloud: Cloud = request.getfixturevalue("cloud")
        club = ClubSettings(club=f"s3://{cloud.bucket}/club-of-one-town/")
    return lambda: Registry.open(club, REGION)


def runner(name: str, runner_id: str = "", smashrun_id: str | None = None) -> Runner:
    return Runner(
        id=runner_id or new_runner_id(),
        name=name,
        timezone="Europe/Amsterdam",
        added_at=AT,
        smashrun_id=smashrun_id,
    )


def key(name: str) -> str:
    """What of a name tells runners apart: the test's own words for it."""
    return {"ANNA": "anna", "anna ": "anna", "Ａnna": "anna", "STRASSE": "strasse", "Straße": "strasse"}.get(
        name, name.lower()
    )


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(IDS), st.sampled_from(NAMES)),
        st.tuples(st.just("rename"), st.sampled_from(IDS), st.sampled_from(NAMES)),
        st.tuples(st.sampled_from(["leave", "admit", "remove"]), st.sampled_from(IDS), st.just("")),
    ),
    max_size=12,
)


@given(steps)
def test_changes_in_any_order_equal_a_model(changes: list[tuple[str, str, str]]) -> None:
    """A dictionary in which no two names differ only in their case, their width or blanks around."""
    with TemporaryDirectory() as folder:
        registry = Registry(LocalBlobs(Path(folder)))
        model: dict[str, tuple[str, bool]] = {}
        for step, which, name in changes:
            taken = {key(known) for other, (known, _) in model.items() if other != which or step == "add"}
            is_there = which in model
            wanted = {
                "add": not is_there and key(name) not in taken,
                "rename": is_there and key(name) not in taken,
                "remove": True,
            }.get(step, is_there)
            done = try_to(registry, step, which, name)
            assert wanted == done
            if not done:
                continue
            if step in {"add", "rename"}:
                model[which] = (name.strip(), model[which][1] if step == "rename" else False)
            elif step == "remove":
                model.pop(which, None)
            else:
                model[which] = (model[which][0], step == "leave")
        found = {
            one.id: (one.name, one.left_at is not None)
            for one in Registry(LocalBlobs(Path(folder))).runners()
        }
        assert model == found
        for one, (name, _) in model.items():
            assert one == registry.find(name.upper()).id == registry.find(one).id


def try_to(registry: Registry, step: str, which: str, name: str) -> bool:
    """Whether a change was made."""
    try:
        if step == "add":
            registry.add(runner(name, which))
        elif step == "rename":
            registry.change(which, name=name)
        elif step == "leave":
            registry.mark_left(which, AT)
        elif step == "admit":
            registry.admit(which)
        else:
            registry.take_out(which)
    except RunnerRefused:
        return False
    return True


def test_two_registrars_at_once_lose_nothing(open_it: Open) -> None:
    """Each with a registry of its own, as on two machines."""
    names = [[f"{letter}{number}" for number in range(8)] for letter in "ab"]

    def add_all(those: list[str]) -> None:
        registry = open_it()
        for name in those:
            registry.add(runner(name))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add_all, names))
    assert sorted(names[0] + names[1]) == sorted(one.name for one in open_it().runners())


def test_of_two_with_one_name_one_gets_it(open_it: Open) -> None:
    """At once, and in other letters."""

    def add(name: str) -> bool:
        return try_to(open_it(), "add", new_runner_id(), name)

    with ThreadPoolExecutor(2) as pool:
        assert [False, True] == sorted(pool.map(add, ["Anna", "ANNA"]))


def test_what_was_read_once_is_not_sent_again_until_it_changes(cloud: Cloud) -> None:
    """A front asks for it at every request."""
    registry = Registry.open(ClubSettings(club=f"s3://{cloud.bucket}/"), REGION)
    registry.add(runner("Anna"))
    first = registry.runners()
    assert first is registry.runners()
    Registry.open(ClubSettings(club=f"s3://{cloud.bucket}/"), REGION).add(runner("Ben"))
    assert ["Anna", "Ben"] == [one.name for one in registry.runners()]


def test_the_same_runner_of_smashruns_is_added_once(open_it: Open) -> None:
    """Where Smashrun says who it is; two of whom it says nothing are two."""
    open_it().add(runner("Anna", smashrun_id="77"))
    open_it().add(runner("Ben"))
    open_it().add(runner("Cleo"))
    with pytest.raises(RunnerRefused, match="Anna is in the club already"):
        open_it().add(runner("Anna of the track", smashrun_id="77"))
    assert ["Anna", "Ben", "Cleo"] == [one.name for one in open_it().runners()]


@pytest.mark.parametrize("name", ["", "  ", "-h", "a\nb", "x" * 41, "a\u202eb", "\x1b[2J", IDS[0]])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    """In one line, and without an empty registry behind."""
    registry = Registry(LocalBlobs(tmp_path))
    with pytest.raises(RunnerRefused) as refused:
        registry.require_free(name)
    assert "\n" not in str(refused.value)
    assert [] == list(tmp_path.iterdir())


def test_one_who_is_leaving_keeps_the_name_until_gone(open_it: Open) -> None:
    """And the message says how to end it."""
    anna = runner("Anna")
    registry = open_it()
    registry.add(anna)
    registry.mark_left(anna.id, AT)
    registry.mark_left(anna.id, AT.replace(year=2027))
    assert AT == open_it().find("anna").left_at
    with pytest.raises(RunnerRefused, match="club remove"):
        open_it().add(runner("ANNA"))
    registry.take_out(anna.id)
    registry.take_out(anna.id)
    open_it().add(runner("ANNA"))


def test_the_zone_changes_and_must_be_one(open_it: Open) -> None:
    """A runner moves."""
    anna = runner("Anna")
    open_it().add(anna)
    open_it().change(anna.id, timezone="Asia/Tokyo")
    assert ("Anna", "Asia/Tokyo") == (open_it().find("Anna").name, open_it().find("Anna").timezone)
    with pytest.raises(ValueError, match="zone"):
        open_it().change(anna.id, timezone="Nowhere/Land")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"runners": [{"id": "anna"}]}', b"\xff"])
def test_a_damaged_registry_is_never_taken_for_an_empty_one(content: bytes, tmp_path: Path) -> None:
    """Neither read nor written over."""
    (tmp_path / REGISTRY_NAME).write_bytes(content)
    for act in (
        Registry(LocalBlobs(tmp_path)).runners,
        lambda: Registry(LocalBlobs(tmp_path)).add(runner("A")),
    ):
        with pytest.raises(InvalidSettings, match="Restore"):
            act()
    assert content == (tmp_path / REGISTRY_NAME).read_bytes()


def test_what_a_runner_shares_is_nothing_until_they_say_so(cloud: Cloud) -> None:
    """And no other runner's choice."""
    club = ClubSettings(club=f"s3://{cloud.bucket}/")
    record = open_blobs(club.record_of(IDS[0]), REGION)
    assert "none" == read_sharing(record)
    write_sharing(record, "distances")
    assert "distances" == read_sharing(record)
    assert "none" == read_sharing(open_blobs(club.record_of(IDS[1]), REGION))
