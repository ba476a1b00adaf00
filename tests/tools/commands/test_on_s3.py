"""The same commands with the record on S3 and the secrets in Secrets Manager."""

from __future__ import annotations

import pytest
from myrunstreak.tokens import TokenManager

from tests.stage.aws import REGION, Cloud

from .conftest import Runner


@pytest.fixture
def in_the_cloud(stranger: Runner, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A runner whose settings lead to a bucket and to two secrets."""
    for name, value in (cloud.settings | {"aws_region": REGION}).items():
        monkeypatch.setenv(name.upper(), value)
    answer = stranger.simulator.issue_tokens()
    TokenManager(cloud.settings["tokens_secret"], None).initialize_tokens(
        str(answer["access_token"]), str(answer["refresh_token"]), 7_000_000
    )
    return stranger


def test_every_command_works_on_a_bucket(in_the_cloud: Runner) -> None:
    """Sync, status, SQL, verify, quarantine and a rebuild to disk, without a file of the record on this machine."""
    runner = in_the_cloud
    assert 40 == runner.types("sync", "--json").json["runs_new"]
    assert not runner.database.exists()
    assert 40 == runner.types("status", "--json").json["streak"]["length_days"]
    assert 40 == runner.types("sql", "FROM streaks", "--json").json[0]["runs"]
    assert 0 == runner.types("verify").code
    assert 2 == runner.types("quarantine", "retry", "--json").json["remaining"]
    rebuilt = runner.types("rebuild", "--to", "from-s3.duckdb", "--json")
    assert (0, 40) == (rebuilt.code, rebuilt.json["rows"]["activities"])


def test_a_missing_bucket_is_named(in_the_cloud: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that does not exist: exit 2 and one line with its name."""
    monkeypatch.setenv("DUCKDB_PATH", "s3://no-such-bucket/runs.duckdb")
    outcome = in_the_cloud.types("sync")
    assert (2, 1, True) == (
        outcome.code,
        outcome.err.strip().count("\n") + 1,
        "no-such-bucket" in outcome.err,
    )
