"""The dashboard's body of a club: queues, functions and records of the last 90 days, all runners together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myrunstreak.contract.telemetry import NAMESPACE, Metric, dimensions

from infra.documents.club_alarms import LAKE_LATE_S, SYNCS_LATE_S
from infra.documents.console import function_url, log_url
from infra.documents.panels import (
    Body,
    Line,
    api_panels,
    bucket_panel,
    function_lines,
    lay_out,
    letters_panel,
    line,
    panel,
    runbook_text,
)
from infra.naming import log_group


@dataclass(frozen=True, kw_only=True)
class WatchedClub:
    """The names that the dashboard shows: those of ``Shard``, the API's, the bucket's and the state machine's."""

    region: str
    environment: str
    runbook_url: str
    alarms: Sequence[str]
    syncs: str
    sync_letters: str
    updates: str
    update_letters: str
    dispatch_letters: str
    worker: str
    dispatch: str
    lake_writer: str
    bucket_name: str
    api_id: str
    api_function_name: str
    machine_arn: str
    workgroup_name: str


def club_dashboard_body(watched: WatchedClub) -> Body:
    """The body as CloudWatch reads it."""

    def sync(*metrics: Metric) -> list[Line]:
        where = dimensions(watched.environment)
        return [line(NAMESPACE, metric.value, "Sum", **where) for metric in metrics]

    panels = [
        panel(
            "Syncs: up to date, partial, failed, in want of new tokens",
            sync(
                Metric.SYNC_SUCCESS,
                Metric.SYNC_PARTIAL,
                Metric.SYNC_FAILURES,
                Metric.REAUTHORISATION_NEEDED,
            ),
        ),
        panel("Runs synced", sync(Metric.RUNS_SYNCED, Metric.RUNS_DELETED, Metric.RUNS_QUARANTINED)),
        panel("Requests to Smashrun", sync(Metric.SOURCE_REQUESTS, Metric.SOURCE_THROTTLES)),
        _queue("Syncs that wait, and how long the oldest one has (s)", watched.syncs, SYNCS_LATE_S),
        _queue("Records that wait for the lake", watched.updates, LAKE_LATE_S),
        letters_panel(
            "Dead letters: syncs, records, dispatch",
            watched.sync_letters,
            watched.update_letters,
            watched.dispatch_letters,
        ),
        panel("Worker: what it costs and how it ends", function_lines(watched.worker)),
        panel("Lake writer: what it costs and how it ends", function_lines(watched.lake_writer)),
        panel("Dispatch: what it costs and how it ends", function_lines(watched.dispatch)),
        panel(
            "Backfills and rebuilds",
            [
                line("AWS/States", metric, "Sum", StateMachineArn=watched.machine_arn)
                for metric in ("ExecutionsStarted", "ExecutionsFailed")
            ],
        ),
        panel(
            "Athena: bytes read",
            [line("AWS/Athena", "ProcessedBytes", "Sum", WorkGroup=watched.workgroup_name)],
        ),
        bucket_panel(watched.bucket_name),
        *api_panels(watched.api_id, watched.api_function_name),
    ]
    links = [
        f"[{name}]({log_url(watched.region, log_group(function))})"
        for name, function in (
            ("Worker's log", watched.worker),
            ("Dispatch's log", watched.dispatch),
            ("Lake writer's log", watched.lake_writer),
        )
    ]
    links.append(f"[Worker]({function_url(watched.region, watched.worker)})")
    text = runbook_text(watched.environment, links, watched.runbook_url, watched.alarms)
    return lay_out(watched.region, text, panels)


def _queue(title: str, name: str, late_s: int) -> Body:
    return panel(
        title,
        [
            line("AWS/SQS", metric, "Maximum", QueueName=name)
            for metric in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")
        ],
        mark=late_s,
    )
