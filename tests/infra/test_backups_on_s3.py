"""The copies of the week and the month, as the function leaves them in the bucket."""

from __future__ import annotations

from datetime import UTC, datetime

from myrunstreak.contract.layout import DATABASE_NAME, FRESHNESS_NAME
from myrunstreak.store.backups import backup_names

from tests.infra.deployed import Deployed


def test_the_first_complete_sync_leaves_one_copy_of_each(lived: Deployed) -> None:
    """Later publications of the same week and month add nothing: each copy has one version."""
    copies = [(key, size) for key, size in lived.kept if key.startswith("backups/")]
    assert sorted(f"backups/{name}" for name in backup_names(datetime.now(UTC))) == sorted(
        key for key, _ in copies
    )
    assert all(size > 0 for _, size in copies)


def test_a_day_without_news_writes_only_that_the_record_is_whole(lived: Deployed) -> None:
    """No database travels, and no backup is looked for."""
    quiet = lived.steps["nothing new"]
    written = [call.parameters["Key"] for call in quiet if call.operation == "PutObject"]
    assert [FRESHNESS_NAME] == written
    assert not [call for call in quiet if str(call.parameters.get("Prefix")).startswith("backups")]


def test_only_what_was_published_is_a_version_of_the_database(lived: Deployed) -> None:
    """The rival's refused write left none; the restore is one of its own."""
    writes = [call for call in lived.calls if call.operation == "PutObject"]
    published = [call for call in writes if call.parameters["Key"] == DATABASE_NAME]
    versions = [key for key, _ in lived.kept if key == DATABASE_NAME]
    refused, restored = 1, 1
    assert len(published) - refused + restored == len(versions)
