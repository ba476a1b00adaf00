"""Names under which the sync reports: metrics, namespace, service.

The handler emits them, the infrastructure's alarms and dashboard listen for them. Renaming one
breaks alarms that are already deployed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

NAMESPACE: Final = "MyRunStreak"
SERVICE: Final = "smashrun-sync"
API_SERVICE: Final = "analytics-api"
MESSAGES_SERVICE: Final = "runner-messages"
DISPATCH_SERVICE: Final = "club-dispatch"
LAKE_SERVICE: Final = "lake-writer"
SERVICES: Final = (SERVICE, API_SERVICE, MESSAGES_SERVICE, DISPATCH_SERVICE, LAKE_SERVICE)
SERVICE_DIMENSION: Final = "service"
ENVIRONMENT_DIMENSION: Final = "environment"
# Where the tokens cannot be renewed by themselves, the runner hears of it this many days ahead.
TOKEN_LIFE_WARNING_DAYS: Final = 7
# Details that wait for so many days, and none of which comes, will not come by themselves.
DETAILS_STALLED_DAYS: Final = 7


def dimensions(environment: str, service: str = SERVICE) -> dict[str, str]:
    """The dimensions under which one environment's metrics of a service are found.

    The handler also emits each metric under the service alone, over all environments of an account.
    """
    return {SERVICE_DIMENSION: service, ENVIRONMENT_DIMENSION: environment}


class Metric(StrEnum):
    """Every metric of the sync, of the messages and of a club's lake. Counts unless the comment names another unit."""

    RUNS_SYNCED = "RunsSynced"  # new, updated and revived runs of one sync
    SYNC_SUCCESS = "SyncSuccess"  # 1 for a sync after which the record is Smashrun's, else 0
    SYNC_FAILURES = "SyncFailures"  # 1 for a sync that raised
    SYNC_PARTIAL = "SyncPartial"  # 1 for a sync that stopped early and will be resumed
    TOKEN_REFRESHES = "TokenRefreshes"
    COLD_START = "ColdStart"
    SYNC_DURATION = "SyncDuration"  # seconds
    RUNS_DELETED = "RunsDeleted"
    RUNS_QUARANTINED = "RunsQuarantined"  # records that this sync could not store
    QUARANTINE_BACKLOG = "QuarantineBacklog"  # records that wait in quarantine now
    DETAILS_PENDING = "DetailsPending"  # runs whose details are still to be fetched
    DETAILS_STALLED = "DetailsStalled"  # days for which details have been waiting and none came
    DELETES_WITHHELD = "DeletesWithheld"  # runs that the brake kept from being marked deleted
    RUNS_DRIFTED = (
        "RunsDrifted"  # updated runs whose change Smashrun had not stamped: found by reading them again
    )
    ARCHIVE_OBJECTS_LOST = "ArchiveObjectsLost"  # objects of the raw archive that are missing
    STREAKS_SHORTENED = "StreaksShortened"  # streaks that deletions of this sync shortened
    REAUTHORISATION_NEEDED = "ReauthorisationNeeded"  # 1 for a sync that failed for want of living tokens
    SOURCE_REQUESTS = "SourceRequests"
    SOURCE_THROTTLES = "SourceThrottles"  # answers with status 429
    PAGE_FAILURES = "PageFailures"  # 1 for a sync after which the page could not be rendered
    TOKEN_LIFE_LEFT = "TokenLifeLeft"  # days until the access token ends
    # Of the messages, under their own service.
    MESSAGES_SENT = "MessagesSent"  # messages that a channel has taken
    MESSAGE_FAILURES = "MessageFailures"  # messages that a channel has refused; also 1 for none at all
    # Of a club's lake, under its own service; of all runners together.
    LAKE_RUNNERS = "LakeRunners"  # runners whose rows were looked at and are in the lake
    LAKE_ROWS = "LakeRows"  # rows that were inserted or deleted
    LAKE_FAILURES = "LakeFailures"  # runners whose records could not be read; also 1 for a batch that failed
    LAKE_CONFLICTS = "LakeConflicts"  # commits that another engine's came before


MESSAGE_METRICS: Final = frozenset({Metric.MESSAGES_SENT, Metric.MESSAGE_FAILURES})
LAKE_METRICS: Final = frozenset(
    {Metric.LAKE_RUNNERS, Metric.LAKE_ROWS, Metric.LAKE_FAILURES, Metric.LAKE_CONFLICTS}
)
SYNC_METRICS: Final = frozenset(Metric) - MESSAGE_METRICS - LAKE_METRICS
