"""When tokens are renewed, what is kept, and what happens when renewing fails."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.errors import (
    InvalidSettings,
    MyRunStreakError,
    RateLimited,
    ReauthorisationRequired,
    SourceUnavailable,
    StoreUnavailable,
)
from myrunstreak.instants import to_text
from myrunstreak.smashrun.models import TokenAnswer
from myrunstreak.smashrun.oauth import GrantRejected, SmashrunOAuth
from myrunstreak.token_pair import TokenPair
from myrunstreak.tokens import HOLD, TokenManager

from tests.stage.fakes import NOON, Clock, MemorySecret

WEEKS_12 = timedelta(weeks=12)
PLANTED = ("planted-access", "planted-refresh", "planted-client-secret")


class FakeOAuth(SmashrunOAuth):
    """Hands out numbered pairs, or fails as told; remembers the refresh tokens it was asked with."""

    def __init__(self, *outcomes: Exception | dict[str, object], registered: bool = True) -> None:
        super().__init__("my-app" if registered else None, "planted-client-secret" if registered else None)
        self.outcomes = list(outcomes)
        self.asked: list[str] = []
        self.before: Callable[[], None] = lambda: None

    def refresh(self, refresh_token: str) -> TokenAnswer:
        self.before()
        self.asked.append(refresh_token)
        outcome = self.outcomes.pop(0) if self.outcomes else answer(len(self.asked) + 1)
        if isinstance(outcome, Exception):
            raise outcome
        return TokenAnswer.model_validate(outcome)


def answer(number: int, **fields: object) -> dict[str, object]:
    """A token answer of Smashrun's."""
    return {
        "access_token": f"planted-access-{number}",
        "refresh_token": f"planted-refresh-{number}",
        "expires_in": 7257600,
    } | fields


def stored(age: timedelta = timedelta(), life: timedelta = WEEKS_12, **fields: object) -> dict[str, object]:
    """A secret as this program writes it, of that age at noon."""
    return {
        "access_token": "planted-access-1",
        "refresh_token": "planted-refresh-1",
        "obtained_at": to_text(NOON - age),
        "expires_at": to_text(NOON - age + life),
        "client_id": "my-app",
        "client_secret": "planted-client-secret",
        "note": "kept",
    } | fields


def manager(secret: MemorySecret, oauth: FakeOAuth | None = None, clock: Clock | None = None) -> TokenManager:
    """A manager whose waits take no time."""
    clock = clock or Clock()
    return TokenManager("unused", oauth or FakeOAuth(), secret=secret, clock=clock, sleep=clock.sleep)


def test_a_young_token_is_handed_out_as_it_is() -> None:
    """No request is sent, nothing is written."""
    secret, oauth = MemorySecret(stored(timedelta(weeks=5, days=6))), FakeOAuth()
    assert manager(secret, oauth).get_valid_access_token() == "planted-access-1"
    assert oauth.asked == []
    assert secret.writes == []


@pytest.mark.parametrize(
    ("age", "life"),
    [(timedelta(weeks=6), WEEKS_12), (timedelta(weeks=13), WEEKS_12), (timedelta(), timedelta(hours=23))],
)
def test_a_token_is_renewed_at_half_its_life_or_a_day_before_its_end(age: timedelta, life: timedelta) -> None:
    """Whichever is first; the new pair is stored, the rest of the secret stays."""
    secret, oauth = MemorySecret(stored(age, life)), FakeOAuth()
    under_test = manager(secret, oauth)
    assert under_test.get_valid_access_token() == "planted-access-2"
    assert under_test.refreshes == 1
    assert secret.value is not None
    assert secret.value["refresh_token"] == "planted-refresh-2"
    assert secret.value["obtained_at"] == to_text(NOON)
    assert secret.value["expires_at"] == to_text(NOON + WEEKS_12)
    assert secret.value["note"] == "kept"
    assert secret.value["client_secret"] == "planted-client-secret"


@given(st.integers(0, 90 * 24), st.integers(1, 120 * 24))
def test_the_decision_follows_the_rule(age_h: int, life_h: int) -> None:
    """Due from half the life on, or when less than a day is left, and not before."""
    pair = TokenPair.parse(stored(timedelta(hours=age_h), timedelta(hours=life_h)))
    assert pair is not None
    expected = age_h * 2 >= life_h or life_h - age_h <= 24
    assert (pair.due_at(NOON) <= NOON) == expected


def test_a_short_lived_token_is_not_renewed_at_every_request() -> None:
    """A life of an hour is always less than a day from its end: what was just obtained is used."""
    clock = Clock()
    oauth = FakeOAuth(answer(2, expires_in=3600))
    under_test = manager(MemorySecret(stored(timedelta(weeks=7))), oauth, clock)
    assert {under_test.get_valid_access_token() for _ in range(10)} == {"planted-access-2"}
    clock.advance(minutes=31)
    under_test.get_valid_access_token()
    assert len(oauth.asked) == 2


def test_an_answer_without_refresh_token_keeps_the_old_one() -> None:
    """The old one stays in use."""
    secret = MemorySecret(stored(timedelta(weeks=7)))
    manager(secret, FakeOAuth(answer(2, refresh_token=None))).get_valid_access_token()
    assert secret.value is not None
    assert secret.value["refresh_token"] == "planted-refresh-1"
    assert secret.value["access_token"] == "planted-access-2"


def test_the_new_pair_is_saved_before_it_is_used() -> None:
    """A store that stays away means that the token is not handed out."""
    secret = MemorySecret(stored(timedelta(weeks=7)))
    secret.failures = [StoreUnavailable("away")] * 99
    with pytest.raises(StoreUnavailable):
        manager(secret).get_valid_access_token()


def test_saving_is_tried_again() -> None:
    """Two failures of the store do not cost the only pair that works."""
    secret = MemorySecret(stored(timedelta(weeks=7)))
    secret.failures = [StoreUnavailable("away")] * 2
    assert manager(secret).get_valid_access_token() == "planted-access-2"
    assert secret.value is not None
    assert secret.value["access_token"] == "planted-access-2"


@pytest.mark.parametrize(
    "trouble",
    [
        SourceUnavailable("down"),
        RateLimited("slow", retry_after_s=9),
        GrantRejected("dead"),
        InvalidSettings("client"),
    ],
)
def test_while_the_token_is_good_a_failed_renewal_does_not_stop_the_sync(trouble: Exception) -> None:
    """It goes on, with one warning, and leaves Smashrun alone for a while."""
    clock = Clock()
    secret, oauth = MemorySecret(stored(timedelta(weeks=7))), FakeOAuth(*[trouble] * 9)
    under_test = manager(secret, oauth, clock)
    assert {under_test.get_valid_access_token() for _ in range(5)} == {"planted-access-1"}
    assert len(oauth.asked) == 1
    assert len(under_test.warnings) == 1
    assert secret.writes == []
    clock.now += HOLD
    under_test.get_valid_access_token()
    assert len(oauth.asked) == 2


def test_a_dead_pair_asks_for_a_human_and_stays_as_it_is() -> None:
    """Access token over, refresh token refused: nothing is overwritten."""
    before = stored(timedelta(weeks=13))
    secret = MemorySecret(before)
    with pytest.raises(ReauthorisationRequired, match="myrunstreak auth"):
        manager(secret, FakeOAuth(GrantRejected("dead"))).get_valid_access_token()
    assert secret.value == before
    assert secret.writes == []


def test_an_ended_token_and_an_outage_is_an_outage() -> None:
    """Trying later may help, a human cannot."""
    with pytest.raises(SourceUnavailable):
        manager(
            MemorySecret(stored(timedelta(weeks=13))), FakeOAuth(SourceUnavailable("down"))
        ).get_valid_access_token()


def test_a_pair_that_another_process_stored_is_used() -> None:
    """Another process has used up the refresh token and is still saving the new one."""
    clock = Clock()
    secret = MemorySecret(stored(timedelta(weeks=13)))
    oauth = FakeOAuth(GrantRejected("used up"))

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        secret.value = stored(access_token="planted-access-other", refresh_token="planted-refresh-other")

    under_test = TokenManager("unused", oauth, secret=secret, clock=clock, sleep=sleep)
    assert under_test.get_valid_access_token() == "planted-access-other"
    assert secret.writes == []


def test_a_pair_renewed_meanwhile_is_not_renewed_again() -> None:
    """The secret is read again under the lock."""
    secret, oauth = MemorySecret(stored(timedelta(weeks=7))), FakeOAuth()
    late = manager(secret, oauth)
    late._pair = TokenPair.parse(stored(timedelta(weeks=7)))
    manager(secret, oauth).get_valid_access_token()
    assert late.get_valid_access_token() == "planted-access-2"
    assert len(oauth.asked) == 1


def test_a_refused_token_is_renewed_by_force() -> None:
    """Smashrun says 401 although the token looks young."""
    under_test = manager(MemorySecret(stored()))
    assert under_test.get_valid_access_token() == "planted-access-1"
    assert under_test.force_refresh("planted-access-1") == "planted-access-2"
    assert under_test.get_valid_access_token() == "planted-access-2"


def test_force_does_not_renew_what_somebody_renewed_already() -> None:
    """The stored token is another one than the refused."""
    oauth = FakeOAuth()
    assert manager(MemorySecret(stored()), oauth).force_refresh("planted-access-0") == "planted-access-1"
    assert oauth.asked == []


def test_force_does_not_fall_back_on_the_refused_token() -> None:
    """With the refresh token dead too only a human helps."""
    with pytest.raises(ReauthorisationRequired):
        manager(MemorySecret(stored()), FakeOAuth(GrantRejected("dead"))).force_refresh("planted-access-1")


def test_user_level_tokens_are_used_to_their_end_and_never_renewed() -> None:
    """No refresh token: a warning in the last week, then a human."""
    clock, oauth = Clock(), FakeOAuth()
    secret = MemorySecret(stored(life=timedelta(days=60), refresh_token=None, client_secret=None))
    under_test = manager(secret, oauth, clock)
    assert under_test.get_valid_access_token() == "planted-access-1"
    assert under_test.warnings == []
    clock.advance(days=55)
    assert under_test.get_valid_access_token() == "planted-access-1"
    assert "2026-06-30" in under_test.warnings[0]
    clock.advance(days=5)
    with pytest.raises(ReauthorisationRequired, match="2026-06-30"):
        under_test.get_valid_access_token()
    assert oauth.asked == []


@pytest.mark.parametrize("refresh", [None, "planted-refresh-1"])
def test_the_secret_is_not_read_at_every_request(refresh: str | None) -> None:
    """A token past its half that cannot be renewed, or not now, is kept in memory."""
    secret = MemorySecret(stored(timedelta(weeks=7), refresh_token=refresh))
    under_test = manager(secret, FakeOAuth(*[SourceUnavailable("down")] * 99))
    for _ in range(50):
        under_test.get_valid_access_token()
    assert secret.reads <= 3


def test_a_user_level_token_stored_meanwhile_is_used_and_not_renewed() -> None:
    """The runner changed to user-level access while this process held the old pair."""
    secret, oauth = MemorySecret(stored(timedelta(weeks=7))), FakeOAuth()
    under_test = manager(secret, oauth)
    under_test._pair = TokenPair.parse(stored(timedelta(weeks=7)))
    secret.value = stored(
        timedelta(days=40), timedelta(days=60), access_token="planted-access-u", refresh_token=None
    )
    assert under_test.get_valid_access_token() == "planted-access-u"
    assert oauth.asked == []


def test_a_pair_without_times_is_due_now() -> None:
    """With a refresh token it is renewed, without one used until Smashrun refuses it."""
    bare: dict[str, object] = {"access_token": "planted-access-1"}
    assert manager(MemorySecret(bare)).get_valid_access_token() == "planted-access-1"
    paired = manager(MemorySecret(bare | {"refresh_token": "planted-refresh-1"}))
    assert paired.status().refresh_due_at == NOON
    assert paired.get_valid_access_token() == "planted-access-2"


def test_a_new_authorisation_is_noticed_by_a_running_process() -> None:
    """The runner authorised again in another terminal."""
    clock, secret = Clock(), MemorySecret(stored(life=timedelta(days=60), refresh_token=None))
    under_test = manager(secret, FakeOAuth(), clock)
    under_test.get_valid_access_token()
    clock.advance(days=61)
    manager(secret, FakeOAuth(), clock).initialize_tokens("planted-access-9", None, 5_000_000)
    assert under_test.get_valid_access_token() == "planted-access-9"


@pytest.mark.parametrize(
    "value", [None, {}, {"client_id": "my-app"}, {"access_token": ""}, {"access_token": None}]
)
def test_missing_tokens_ask_for_a_human(value: dict[str, object] | None) -> None:
    """Whether the secret is missing, empty or half filled in."""
    under_test = manager(MemorySecret(value))
    with pytest.raises(ReauthorisationRequired, match="no Smashrun tokens"):
        under_test.get_valid_access_token()
    assert under_test.status().present is False


@pytest.mark.parametrize(
    "expires_at",
    ["2026-06-20T12:00:00Z", "2026-06-20T12:00:00", "2026-06-20T14:00:00+02:00", 1781956800, "1781956800"],
)
def test_older_shapes_without_obtained_at_are_read(expires_at: object) -> None:
    """Twelve weeks of life are assumed: 50 days before the end is past the half."""
    secret = MemorySecret(
        {"access_token": "planted-access-1", "refresh_token": "planted-refresh-1", "expires_at": expires_at}
    )
    status = manager(secret).status()
    assert status.days_left == 50.0
    assert status.refresh_due_at == datetime.fromisoformat("2026-05-09T12:00:00+00:00")


def test_a_pair_from_a_clock_that_had_jumped_is_renewed_now() -> None:
    """Obtained in the future: neither of its times can be trusted."""
    secret = MemorySecret(stored(-timedelta(days=3650)))
    assert manager(secret).get_valid_access_token() == "planted-access-2"


def test_client_id_and_secret_come_from_the_secret_when_the_settings_have_none() -> None:
    """As in a deployment, where the environment holds no secret."""
    seen: list[tuple[str | None, bool]] = []

    class Watching(FakeOAuth):
        def with_client(self, client_id: str, client_secret: object) -> SmashrunOAuth:
            seen.append((client_id, client_secret == "planted-client-secret"))
            return FakeOAuth()

    manager(MemorySecret(stored(timedelta(weeks=7))), Watching(registered=False)).get_valid_access_token()
    assert ("my-app", True) in seen


def test_initializing_replaces_the_tokens_and_keeps_what_it_does_not_know() -> None:
    """Tokens of another authorisation leave nothing behind, client and unknown fields stay."""
    secret = MemorySecret(stored())
    manager(secret).initialize_tokens("planted-access-9", None, 3600, scope="read_activity")
    assert secret.value == {
        "access_token": "planted-access-9",
        "refresh_token": None,
        "obtained_at": to_text(NOON),
        "expires_at": to_text(NOON + timedelta(hours=1)),
        "token_type": "Bearer",
        "scope": "read_activity",
        "client_id": "my-app",
        "client_secret": "planted-client-secret",
        "note": "kept",
    }


def test_updating_without_a_refresh_token_keeps_the_stored_one() -> None:
    """The same rule for those who call it directly."""
    secret = MemorySecret(stored())
    manager(secret).update_tokens("planted-access-9", None, 3600)
    assert secret.value is not None
    assert secret.value["refresh_token"] == "planted-refresh-1"


def test_no_secret_shows_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    """Not in reprs, logs, warnings, statuses or exceptions with all that hangs on them."""
    caplog.set_level(logging.DEBUG)
    refused = PLANTED[0] + "-1"  # put together here, so that a traceback's source line is no find
    shown: list[str] = []
    for outcome in (GrantRejected("dead"), SourceUnavailable("down"), answer(2), InvalidSettings("client")):
        for age in (timedelta(), timedelta(weeks=7), timedelta(weeks=13)):
            under_test = manager(MemorySecret(stored(age)), FakeOAuth(outcome))
            try:
                under_test.get_valid_access_token()
                under_test.force_refresh(refused)
            except MyRunStreakError as error:
                shown += ["".join(traceback.format_exception(error)), repr(error)]
            shown += [repr(under_test), repr(under_test.status()), *under_test.warnings]
    shown += [repr(TokenPair.parse(stored())), caplog.text]
    assert not any(secret in text for secret in PLANTED for text in shown)
