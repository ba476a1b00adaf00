"""How long the bucket keeps its objects: rules for prefixes that do not overlap, except for abandoned uploads."""

from __future__ import annotations

from typing import Any, Final

from myrunstreak.contract.club import (
    BOARD_NAME,
    CLUB_FOLDER,
    DISPATCHED_NAME,
    REGISTRY_NAME,
    RUNNERS_FOLDER,
)
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

from infra.documents.club_rights import OUTCOMES_PREFIX

OLD_VERSIONS_DAYS: Final = 90
OLD_VERSIONS_KEPT: Final = 5
CLUB_VERSIONS_DAYS: Final = 30
CLUB_VERSIONS_KEPT: Final = 2
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

# Of a club: packages that are too large to be sent with a function.
PACKAGES_FOLDER: Final = "packages"

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


def club_lifecycle_rules() -> list[Rule]:
    """The rules of a club's bucket, where a runner's objects have one prefix and no pattern can tell them apart.

    So nothing gets colder, and old versions stay as long for all of them. There are no backups: what a record was is in
    its old versions and in its raw archive.
    """
    return [
        _rule("abandoned-uploads", "")
        | {"abort_incomplete_multipart_upload": {"days_after_initiation": ABANDONED_UPLOAD_DAYS}},
        _rule("old-records", f"{RUNNERS_FOLDER}/")
        | {
            "noncurrent_version_expiration": {
                "noncurrent_days": CLUB_VERSIONS_DAYS,
                "newer_noncurrent_versions": CLUB_VERSIONS_KEPT,
            }
        },
        *(
            _rule(f"old-{name.partition('.')[0]}", f"{CLUB_FOLDER}/{name}")
            | {"noncurrent_version_expiration": {"noncurrent_days": REPLACED_DAYS}}
            for name in (REGISTRY_NAME, BOARD_NAME, DISPATCHED_NAME)
        ),
        # Which runners an execution over all of them failed for.
        _rule("outcomes", f"{OUTCOMES_PREFIX}/")
        | {
            "expiration": {"days": REPLACED_DAYS},
            "noncurrent_version_expiration": {"noncurrent_days": REPLACED_DAYS},
        },
        _rule("old-packages", f"{PACKAGES_FOLDER}/")
        | {"noncurrent_version_expiration": {"noncurrent_days": REPLACED_DAYS}},
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
