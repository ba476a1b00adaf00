"""The copies of the week and the month, as the function leaves them in the bucket."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
from myrunstreak.store.backups import backup_names

from tests.end_to_end.aws import REGION
from tests.infra.deployed import Deployed


def test_the_first_complete_sync_leaves_one_copy_of_each(lived: Deployed) -> None:
    """Later publications of the same week and month add nothing: each copy has one version."""
    listed = boto3.client("s3", region_name=REGION).list_object_versions(
        Bucket=lived.bucket, Prefix="backups/"
    )
    expected = sorted(f"backups/{name}" for name in backup_names(datetime.now(UTC)))
    assert expected == sorted(version.get("Key", "") for version in listed["Versions"])
    assert all(version.get("Size", 0) > 0 for version in listed["Versions"])


def test_a_day_without_news_writes_nothing_to_the_bucket(lived: Deployed) -> None:
    """Nor looks for backups."""
    assert 0 == lived.reports["nothing new"].values["RunsSynced"]
    published = boto3.client("s3", region_name=REGION).list_object_versions(
        Bucket=lived.bucket, Prefix="runs.duckdb"
    )
    puts = [c for c in lived.calls if c.operation == "PutObject" and c.parameters["Key"] == "runs.duckdb"]
    # Each version is one publication, or the restore; one refused write was the rival's.
    assert len(published["Versions"]) - 1 == len(puts) - 1
