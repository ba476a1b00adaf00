"""The dashboard's body: the last 90 days of sync and API on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myrunstreak.contract.telemetry import (
    MESSAGES_SERVICE,
    NAMESPACE,
    TOKEN_LIFE_WARNING_DAYS,
    Metric,
    dimensions,
)

from infra.documents.console import function_url, log_url
from infra.documents.panels import (
    HOUR_S,
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


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The names that the dashboard shows; a stack without messages has no function that sends them."""

    region: str
    environment: str
    function_name: str
    log_group_name: str
    bucket_name: str
    queue_name: str
    api_id: str
    api_function_name: str
    runbook_url: str
    alarms: Sequence[str]
    message_function_name: str | None = None


def dashboard_body(watched: Watched) -> Body:
    """The body as CloudWatch reads it."""

    def sync(*metrics: Metric, statistic: str = "Sum") -> list[Line]:
        return [_sync(watched, metric, statistic) for metric in metrics]

    panels = [
        panel("Runs synced", sync(Metric.RUNS_SYNCED, Metric.RUNS_DELETED, Metric.RUNS_DRIFTED)),
        panel(
            "Syncs: up to date, partial, failed, or without a new page",
            sync(Metric.SYNC_SUCCESS, Metric.SYNC_PARTIAL, Metric.SYNC_FAILURES, Metric.PAGE_FAILURES),
        ),
        panel("Duration (s)", sync(Metric.SYNC_DURATION, statistic="Maximum")),
        _freshness(watched),
        panel(
            "Details still to fetch, and days without any",
            sync(Metric.DETAILS_PENDING, Metric.DETAILS_STALLED, statistic="Minimum"),
        ),
        panel(
            "Quarantine",
            [
                *sync(Metric.QUARANTINE_BACKLOG, statistic="Maximum"),
                *sync(Metric.RUNS_QUARANTINED),
                *sync(
                    Metric.DELETES_WITHHELD,
                    Metric.ARCHIVE_OBJECTS_LOST,
                    Metric.STREAKS_SHORTENED,
                    statistic="Maximum",
                ),
            ],
        ),
        panel(
            "Days until the token ends",
            [*sync(Metric.TOKEN_LIFE_LEFT, statistic="Minimum"), *sync(Metric.TOKEN_REFRESHES)],
            mark=TOKEN_LIFE_WARNING_DAYS,
        ),
        panel("Requests to Smashrun", sync(Metric.SOURCE_REQUESTS, Metric.SOURCE_THROTTLES)),
        panel("Function: what it costs and how it ends", function_lines(watched.function_name)),
        bucket_panel(watched.bucket_name),
        letters_panel("Dead letters", watched.queue_name),
        panel("Cold starts", sync(Metric.COLD_START)),
        *api_panels(watched.api_id, watched.api_function_name),
        *_messages(watched),
    ]
    links = [
        f"[Log]({log_url(watched.region, watched.log_group_name)})",
        f"[Function]({function_url(watched.region, watched.function_name)})",
    ]
    text = runbook_text(watched.environment, links, watched.runbook_url, watched.alarms)
    return lay_out(watched.region, text, panels)


def _sync(watched: Watched, metric: Metric, statistic: str) -> Line:
    return line(NAMESPACE, metric.value, statistic, **dimensions(watched.environment))


def _messages(watched: Watched) -> list[Body]:
    if watched.message_function_name is None:
        return []
    where = dimensions(watched.environment, MESSAGES_SERVICE)
    return [
        panel(
            "Messages: sent, and refused by a channel",
            [
                line(NAMESPACE, metric.value, "Sum", **where)
                for metric in (Metric.MESSAGES_SENT, Metric.MESSAGE_FAILURES)
            ],
        ),
        panel(
            "Message function: what it costs and how it ends", function_lines(watched.message_function_name)
        ),
    ]


def _freshness(watched: Watched) -> Body:
    success = _sync(watched, Metric.SYNC_SUCCESS, "Maximum")
    success[-1] |= {"id": "success", "visible": False, "period": HOUR_S}
    # The time of each success, carried forward until the next one, against the time of each hour.
    hours = "(EPOCH(FILL(success, 0)) - FILL(IF(success > 0, EPOCH(success)), REPEAT)) / 3600"
    expression = [{"expression": hours, "label": "hours", "id": "hours", "period": HOUR_S}]
    shown = panel("Hours since the last success", [expression, success], mark=26)
    shown["properties"]["period"] = HOUR_S
    return shown
