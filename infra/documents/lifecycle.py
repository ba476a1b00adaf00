"""How long the bucket keeps its objects: rules for prefixes that do not overlap, except for abandoned uploads."""

from __future__ import annotations

from typing import Any, Final

from myrunstreak.contract.layout import (
    BACKUPS_FOLDER,
    DATABASE_NAME,
    FRESHNESS_NAME,
    LEASE_NAME,
    MESSAGES_FOLDER,
    MONTHLY_FOLDER,
    PAGE_FOLDER,
    RAW_FOLDER,
    RECORDINGS_FOLDER,
    REPLACED_FOLDER,
    SESSIONS_FOLDER,
    WEEKLY_FOLDER,
)

OLD_VERSIONS_DAYS: Final = 90
OLD_VERSIONS_KEPT: Final = 5
ABANDONED_UPLOAD_DAYS: Final = 7
# The page can be made anew from the record, old sign-ins open nothing, and old marks of messages say nothing.
REPLACED_DAYS: Final = 7
WEEKLY_DAYS: Final = 180
MONTHLY_DAYS: Final = 5 * 366
REMOVED_BACKUP_DAYS: Final = 30
# Glacier Instant Retrieval bills at least 90 days and 128 KB an object, and reads within milliseconds.
COLD_AFTER_DAYS: Final = 90
COLD_CLASS: Final = "GLACIER_IR"
# Objects below 128 KB stay where they are: moving them would cost more than it saves.
MINIMUM_SIZE: Final = "all_storage_classes_128K"

Rule = dict[str, Any]


def lifecycle_rules() -> list[Rule]:
    """The rules, in the provider's own spelling.

    Old versions in the raw archive are never removed: its objects are written once, so an old version was deleted
    by mistake. Nor are old versions of the runner's own streak definitions: they are few and written by hand.
    """
    return [
        _rule("abandoned-uploads", "")
        | {"abort_incomplete_multipart_upload": {"days_after_initiation": ABANDONED_UPLOAD_DAYS}},
        _rule("old-databases", DATABASE_NAME) | _old_versions(),
        _rule("old-freshness", FRESHNESS_NAME) | _old_versions(),
        _rule("old-recordings", f"{RECORDINGS_FOLDER}/") | _old_versions(),
        *(
            _rule(f"old-{folder}", f"{folder}/")
            | {"noncurrent_version_expiration": {"noncurrent_days": REPLACED_DAYS}}
            for folder in (PAGE_FOLDER, SESSIONS_FOLDER, MESSAGES_FOLDER)
        ),
        _rule("old-leases", LEASE_NAME)
        | {"noncurrent_version_expiration": {"noncurrent_days": REPLACED_DAYS}},
        _rule("raw-archive", f"{RAW_FOLDER}/")
        | {"transitions": [{"days": COLD_AFTER_DAYS, "storage_class": COLD_CLASS}]},
        _backups(WEEKLY_FOLDER, WEEKLY_DAYS),
        _backups(MONTHLY_FOLDER, MONTHLY_DAYS)
        | {"transitions": [{"days": COLD_AFTER_DAYS, "storage_class": COLD_CLASS}]},
        # By then the record has long been whole again.
        _backups(REPLACED_FOLDER, WEEKLY_DAYS),
        _rule("removed-backups", f"{BACKUPS_FOLDER}/")
        | {"expiration": {"expired_object_delete_marker": True}},
    ]


def _rule(name: str, prefix: str) -> Rule:
    return {"id": name, "status": "Enabled", "filter": {"prefix": prefix}}


def _old_versions() -> Rule:
    return {
        "noncurrent_version_expiration": {
            "noncurrent_days": OLD_VERSIONS_DAYS,
            "newer_noncurrent_versions": OLD_VERSIONS_KEPT,
        }
    }


def _backups(folder: str, days: int) -> Rule:
    return _rule(f"{folder}-backups", f"{BACKUPS_FOLDER}/{folder}/") | {
        "expiration": {"days": days},
        "noncurrent_version_expiration": {"noncurrent_days": REMOVED_BACKUP_DAYS},
    }
