"""The alarms as a table: metric, threshold, and the first thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from myrunstreak.contract.telemetry import (
    DETAILS_STALLED_DAYS,
    NAMESPACE,
    TOKEN_LIFE_WARNING_DAYS,
    Metric,
    dimensions,
)

from infra.documents.alarm_links import Links, Place

# CloudWatch looks back a week at most where a period is an hour or longer, otherwise a day at most.
LONGEST_LOOK_S: Final = 604_800
SILENCE_HOURS: Final = 26
BACKLOG_DAYS: Final = 3

AT_LEAST: Final = "GreaterThanOrEqualToThreshold"
BELOW: Final = "LessThanThreshold"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm.

    Attributes:
        key: its name within the stack, and its heading in docs/operations.md.
        to_do: the first thing to do, with which the description begins; ``<stack>`` stands for the stack's name.
        means: what has happened.
        missing: how a period without data counts. ``ignore`` keeps the state: a metric that is sent once a day is not
            fixed because a minute has passed.
        of_consecutive: the number of consecutive periods that have to breach.
        look_at: where the description leads to, beside the dashboard.
    """

    key: str
    to_do: str
    means: str
    metric: str
    dimensions: dict[str, pulumi.Input[str]]
    period_s: int
    namespace: str = NAMESPACE
    statistic: Literal["Sum", "Maximum", "Minimum"] = "Sum"
    missing: Literal["breaching", "notBreaching", "ignore"] = "ignore"
    of_consecutive: int = 1
    comparison: str = AT_LEAST
    threshold: float = 1
    look_at: Place = "log"

    def description(self, links: Links) -> str:
        """The alarm's text, as it arrives by mail: what to do and what it means, then where to look, a line each."""
        return "\n".join(
            [
                f"{self.to_do.replace('<stack>', links.stack)} {self.means}",
                links.look_at(self.look_at),
                links.dashboard(),
                links.runbook(self.key),
            ]
        )


def alarm_table(
    environment: str,
    function_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    message_function_name: pulumi.Input[str] | None = None,
    *,
    at_rest: bool = False,
) -> list[Alarm]:
    """Every alarm of a stack: none of one at rest, and one without messages has no function that sends them."""
    if at_rest:
        return []
    sync: dict[str, pulumi.Input[str]] = {**dimensions(environment)}
    function: dict[str, pulumi.Input[str]] = {"FunctionName": function_name}
    return [
        Alarm(
            key="sync-failed",
            to_do="Read the error in the log.",
            means="A sync failed. Lambda tries again twice; this alarm ends with the next successful sync.",
            metric=Metric.SYNC_FAILURES,
            dimensions=sync,
            period_s=60,
            look_at="errors",
        ),
        Alarm(
            key="function-failed",
            to_do="Look for `Task timed out`, `Runtime.` or out of memory in the sync's log group.",
            means="The function itself ended with an error, perhaps before it could report.",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions=function,
            period_s=60,
        ),
        Alarm(
            key="no-success",
            to_do="Run `make sync STACK=<stack>` and read its answer; on a new stack `make auth STACK=<stack>` first.",
            means=f"For {SILENCE_HOURS} hours no sync has brought the record up to date, or no sync has run.",
            metric=Metric.SYNC_SUCCESS,
            dimensions=sync,
            period_s=3600,
            of_consecutive=SILENCE_HOURS,
            comparison=BELOW,
            missing="breaching",
        ),
        Alarm(
            key="dead-letters",
            to_do="Read the letter in the dead-letter queue and fix its cause; if it was a sync, invoke it by hand.",
            means="A sync or a message could not be started, or failed in every attempt.",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue_name},
            statistic="Maximum",
            period_s=300,
            missing="notBreaching",
            look_at="queues",
        ),
        Alarm(
            key="reauthorise",
            to_do="Run `make auth STACK=<stack>` on a machine with a browser.",
            means="Smashrun no longer accepts the tokens; nothing is synced until you authorise again.",
            metric=Metric.REAUTHORISATION_NEEDED,
            dimensions=sync,
            statistic="Maximum",
            period_s=60,
        ),
        Alarm(
            key="quarantine-new",
            to_do="List the runs: `myrunstreak quarantine list`.",
            means="Smashrun sent runs that cannot be stored. They wait in quarantine; the other runs are synced.",
            metric=Metric.RUNS_QUARANTINED,
            dimensions=sync,
            period_s=300,
        ),
        Alarm(
            key="quarantine-backlog",
            to_do="Correct the runs on Smashrun or update this program; `myrunstreak quarantine list` names them.",
            means=f"Runs have been waiting in quarantine for {BACKLOG_DAYS} days.",
            metric=Metric.QUARANTINE_BACKLOG,
            dimensions=sync,
            statistic="Minimum",
            period_s=86_400,
            of_consecutive=BACKLOG_DAYS,
        ),
        Alarm(
            key="throttled",
            to_do="Raise the account's Lambda concurrency, or set reserved_concurrency to 0.",
            means="Lambda had no concurrency left to start the sync; it tries again for an hour.",
            namespace="AWS/Lambda",
            metric="Throttles",
            dimensions=function,
            period_s=300,
            missing="notBreaching",
        ),
        Alarm(
            key="source-throttled",
            to_do="Wait for the next sync; if it happens again, lower detail_requests_per_sync.",
            means="Smashrun answered 429 although the sync keeps to its limits: something else uses the same app.",
            metric=Metric.SOURCE_THROTTLES,
            dimensions=sync,
            period_s=300,
        ),
        Alarm(
            key="deletes-withheld",
            to_do='If they are really gone, invoke the sync with {"accept_deletes": true}.',
            means="Many runs are missing on Smashrun at once. None was marked deleted.",
            metric=Metric.DELETES_WITHHELD,
            dimensions=sync,
            period_s=300,
        ),
        Alarm(
            key="details-stalled",
            to_do="Find the runs that fail, and why: `myrunstreak status` and the sync's log group, filter `details`.",
            means=f"Details have been pending for {DETAILS_STALLED_DAYS} days, and none arrived.",
            metric=Metric.DETAILS_STALLED,
            dimensions=sync,
            statistic="Minimum",
            period_s=300,
            threshold=DETAILS_STALLED_DAYS,
        ),
        Alarm(
            key="archive-lost",
            to_do='Restore the objects, or invoke the sync with {"full": true}: it archives everything again.',
            means="The raw archive has lost objects: a rebuild could not bring their runs back.",
            metric=Metric.ARCHIVE_OBJECTS_LOST,
            dimensions=sync,
            period_s=300,
        ),
        Alarm(
            key="streak-shortened",
            to_do="Look at `streaks_shortened` in the sync's result; undelete the runs on Smashrun if it was a mistake.",
            means="Runs were deleted on Smashrun, which shortened a streak.",
            metric=Metric.STREAKS_SHORTENED,
            dimensions=sync,
            period_s=300,
        ),
        Alarm(
            key="token-ends",
            to_do="Run `make auth STACK=<stack>` before the token ends.",
            means=f"The Smashrun token ends in less than {TOKEN_LIFE_WARNING_DAYS} days and was not renewed.",
            metric=Metric.TOKEN_LIFE_LEFT,
            dimensions=sync,
            statistic="Minimum",
            period_s=300,
            comparison=BELOW,
            threshold=TOKEN_LIFE_WARNING_DAYS,
        ),
        *([] if message_function_name is None else [_messages_failed(message_function_name)]),
    ]


def _messages_failed(function_name: pulumi.Input[str]) -> Alarm:
    return Alarm(
        key="messages-failed",
        to_do="Read the error in the log.",
        means="A message was not sent. Lambda tries again twice; this alarm ends with the next one that is sent or "
        "not needed.",
        namespace="AWS/Lambda",
        metric="Errors",
        dimensions={"FunctionName": function_name},
        period_s=60,
        look_at="message errors",
    )
