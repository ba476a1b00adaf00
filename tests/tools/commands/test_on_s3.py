"""The same commands with the record on S3 and the secrets in Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from myrunstreak.tokens import TokenManager

from .conftest import Runner


@pytest.fixture
def in_the_cloud(stranger: Runner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    """A runner whose settings lead to a bucket and to two secrets."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-2",
        "DUCKDB_PATH": "s3://a-runners-bucket/record/runs.duckdb",
        "TOKENS_SECRET": "myrunstreak/smashrun/tokens",
        "SYNC_STATE_SECRET": "myrunstreak/sync-state",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # The stand-in keeps its buckets for the whole process.
    requests.post(f"{environment['AWS_ENDPOINT_URL']}/moto-api/reset", timeout=10)
    boto3.client("s3", region_name="us-east-2").create_bucket(
        Bucket="a-runners-bucket", CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
    )
    answer = stranger.simulator.issue_tokens()
    TokenManager("myrunstreak/smashrun/tokens", None).initialize_tokens(
        str(answer["access_token"]), str(answer["refresh_token"]), 7_000_000
    )
    yield stranger
    server.stop()


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
