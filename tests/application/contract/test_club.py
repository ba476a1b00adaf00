"""The settings of a club together with those of a runner: one environment holds both."""

from __future__ import annotations

import pytest
from myrunstreak.contract.club import ClubSettings
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings

WHOLE = ClubSettings(
    club="s3://club-of-a-town/",
    club_secrets="/myrunstreak/club/runners",
    club_min_distance="mile",
    runner_role="arn:aws:iam::123456789012:role/club-runner",
    sync_queue="https://sqs.us-east-2.amazonaws.com/123456789012/syncs",
    lake_queue="https://sqs.us-east-2.amazonaws.com/123456789012/lake",
    lake_function="arn:aws:lambda:us-east-2:123456789012:function:lake",
    lake_tables="arn:aws:s3tables:us-east-2:123456789012:bucket/club",
    lake_endpoint="http://127.0.0.1:4566/iceberg",
    rebuild_machine="arn:aws:states:us-east-2:123456789012:stateMachine:club",
)


def test_both_are_read_from_one_environment() -> None:
    """Neither takes the other's variables for slips of its own."""
    runner = Settings(
        smashrun_client_id="app", streak_min_distance="mile", lease="s3://bucket-of-it/lease.json"
    )
    environment = WHOLE.to_env() | runner.to_env()
    assert WHOLE == ClubSettings.from_env(environment)
    assert runner == Settings.from_env(environment)


@pytest.mark.parametrize("slip", ["CLUB_SECRET", "LAKE_QUEU", "STREAK_MIN_DISTANC"])
def test_a_slip_in_either_ones_names_is_refused(slip: str) -> None:
    """Where a club is meant."""
    with pytest.raises(InvalidSettings, match=slip):
        ClubSettings.from_env({slip: "x"})
