"""The alarms of a club as a table: by its queues and functions, never by a runner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from myrunstreak.contract.telemetry import Metric, dimensions

from infra.documents.alarm_links import Place
from infra.documents.alarms import AT_LEAST, BELOW, Alarm

# A sync is due within an hour of its time, and the next one sixteen hours later at most.
SYNCS_LATE_S: Final = 2 * 3600
# A day-old lake is of use; after two hours, the writer does not keep up.
LAKE_LATE_S: Final = 2 * 3600
SILENCE_HOURS: Final = 24


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One club's queues and functions, by their names."""

    syncs: pulumi.Input[str]
    sync_letters: pulumi.Input[str]
    updates: pulumi.Input[str]
    update_letters: pulumi.Input[str]
    dispatch_letters: pulumi.Input[str]
    worker: pulumi.Input[str]
    dispatch: pulumi.Input[str]
    lake_writer: pulumi.Input[str]


def club_alarm_table(environment: str, shard: Shard) -> list[Alarm]:
    """Every alarm of a club."""
    return [
        _waiting(
            "syncs-waiting",
            shard.syncs,
            SYNCS_LATE_S,
            "Look at the worker's errors and throttles; if there are none, raise club_workers.",
            "A sync has been waiting for two hours: the workers do not keep up.",
        ),
        _letters(
            "sync-letters",
            shard.sync_letters,
            "Read the letters: each names its runner, and the worker's log says why. If the tokens are dead, the runner "
            'consents again: `make club STACK=<stack> ARGS="run NAME auth --paste"`.',
            "A runner's sync failed in every attempt. The other runners are synced.",
        ),
        _waiting(
            "lake-waiting",
            shard.updates,
            LAKE_LATE_S,
            "Look at the lake writer's errors; if there are none, raise lake_memory_mb.",
            "A record has been waiting for two hours to get into the lake. The records themselves are well.",
        ),
        _letters(
            "lake-letters",
            shard.update_letters,
            "Read the lake writer's errors, fix their cause, then delete the letters: the next sync sends them again.",
            "A record could not be written to the lake in any attempt.",
        ),
        _letters(
            "dispatch-letters",
            shard.dispatch_letters,
            "Read the dispatch's errors, fix their cause, then delete the letters: the next start makes up for them.",
            "The dispatch could not be started, or failed in every attempt.",
        ),
        _errors(
            "worker-failed",
            shard.worker,
            "Look for `Task timed out`, `Runtime.` or out of memory in the worker's log group.",
            "A worker itself ended with an error, perhaps before it could report.",
            "errors",
        ),
        Alarm(
            key="worker-throttled",
            to_do="Raise the account's Lambda concurrency, or lower club_workers.",
            means="Lambda had no concurrency left for a worker; the message is tried again.",
            namespace="AWS/Lambda",
            metric="Throttles",
            dimensions={"FunctionName": shard.worker},
            period_s=300,
            missing="notBreaching",
        ),
        _errors(
            "lake-failed",
            shard.lake_writer,
            "Read the error in the lake writer's log.",
            "The lake writer ended with an error; the batch is tried again.",
            "lake errors",
        ),
        _errors(
            "dispatch-failed",
            shard.dispatch,
            "Read the error in the dispatch's log.",
            "The dispatch ended with an error; the next start makes up for it.",
            "dispatch errors",
        ),
        Alarm(
            key="dispatch-silent",
            to_do="Look whether the schedule is there: `aws scheduler list-schedules --name-prefix "
            "myrunstreak-<stack>-dispatch`.",
            means="For an hour nothing has started the dispatch: no sync is due any more.",
            namespace="AWS/Lambda",
            metric="Invocations",
            dimensions={"FunctionName": shard.dispatch},
            period_s=3600,
            comparison=BELOW,
            missing="breaching",
            look_at="dispatch errors",
        ),
        Alarm(
            key="club-silent",
            to_do="Add a runner, if there is none: `make club STACK=<stack> ARGS=list`. Else read the worker's errors.",
            means=f"For {SILENCE_HOURS} hours no sync has brought any record up to date.",
            metric=Metric.SYNC_SUCCESS,
            dimensions={**dimensions(environment)},
            period_s=3600,
            of_consecutive=SILENCE_HOURS,
            comparison=BELOW,
            missing="breaching",
            look_at="errors",
        ),
        Alarm(
            key="club-throttled",
            to_do="Lower club_workers; if it goes on, ask Smashrun what the app may send.",
            means="Smashrun answered 429 although each runner keeps to the limits: together they ask too much.",
            metric=Metric.SOURCE_THROTTLES,
            dimensions={**dimensions(environment)},
            period_s=300,
        ),
    ]


def _waiting(key: str, queue: pulumi.Input[str], late_s: int, to_do: str, means: str) -> Alarm:
    return Alarm(
        key=key,
        to_do=to_do,
        means=means,
        namespace="AWS/SQS",
        metric="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": queue},
        statistic="Maximum",
        period_s=300,
        missing="notBreaching",
        comparison=AT_LEAST,
        threshold=late_s,
        look_at="queues",
    )


def _letters(key: str, queue: pulumi.Input[str], to_do: str, means: str) -> Alarm:
    return Alarm(
        key=key,
        to_do=to_do,
        means=means,
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue},
        statistic="Maximum",
        period_s=300,
        missing="notBreaching",
        look_at="queues",
    )


def _errors(key: str, function: pulumi.Input[str], to_do: str, means: str, look_at: Place) -> Alarm:
    return Alarm(
        key=key,
        to_do=to_do,
        means=means,
        namespace="AWS/Lambda",
        metric="Errors",
        dimensions={"FunctionName": function},
        period_s=60,
        look_at=look_at,
    )
