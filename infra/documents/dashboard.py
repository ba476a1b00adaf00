"""The dashboard's body: the last 90 days of sync and API on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from myrunstreak.contract.telemetry import (
    MESSAGES_SERVICE,
    NAMESPACE,
    TOKEN_LIFE_WARNING_DAYS,
    Metric,
    dimensions,
)

from infra.documents.alarm_links import is_link
from infra.documents.console import function_url, log_url

SHOWN: Final = "-P90D"
_DAY_S: Final = 86_400
_HOUR_S: Final = 3_600
_COLUMNS: Final = 3
_WIDTH, _HEIGHT = 24 // _COLUMNS, 6
_TEXT_HEIGHT: Final = 5

Body = dict[str, Any]
# A metric in a panel: namespace, name, dimensions, and how to draw it.
Line = list[Any]


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
        _panel("Runs synced", sync(Metric.RUNS_SYNCED, Metric.RUNS_DELETED, Metric.RUNS_DRIFTED)),
        _panel(
            "Syncs: up to date, partial, failed, or without a new page",
            sync(Metric.SYNC_SUCCESS, Metric.SYNC_PARTIAL, Metric.SYNC_FAILURES, Metric.PAGE_FAILURES),
        ),
        _panel("Duration (s)", sync(Metric.SYNC_DURATION, statistic="Maximum")),
        _freshness(watched),
        _panel(
            "Details still to fetch, and days without any",
            sync(Metric.DETAILS_PENDING, Metric.DETAILS_STALLED, statistic="Minimum"),
        ),
        _panel(
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
        _panel(
            "Days until the token ends",
            [*sync(Metric.TOKEN_LIFE_LEFT, statistic="Minimum"), *sync(Metric.TOKEN_REFRESHES)],
            mark=TOKEN_LIFE_WARNING_DAYS,
        ),
        _panel("Requests to Smashrun", sync(Metric.SOURCE_REQUESTS, Metric.SOURCE_THROTTLES)),
        _panel("Function: what it costs and how it ends", _function(watched.function_name)),
        _panel(
            "Bucket (bytes)",
            [
                _line(
                    "AWS/S3",
                    "BucketSizeBytes",
                    "Maximum",
                    BucketName=watched.bucket_name,
                    StorageType=storage,
                )
                for storage in ("StandardStorage", "GlacierInstantRetrievalStorage")
            ],
        ),
        _panel(
            "Dead letters",
            [_line("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=watched.queue_name)],
        ),
        _panel("Cold starts", sync(Metric.COLD_START)),
        _panel(
            "API: requests, refused (4xx, throttled ones among them) and failed (5xx)",
            [_gateway(watched, name, "Sum") for name in ("Count", "4xx", "5xx")],
        ),
        _panel(
            "API: how long an answer takes (ms)",
            [_gateway(watched, "Latency", statistic) for statistic in ("p50", "p99")],
        ),
        _panel("API function: what it costs and how it ends", _function(watched.api_function_name)),
        *_messages(watched),
    ]
    text: Body = {
        "type": "text",
        "width": 24,
        "height": _TEXT_HEIGHT,
        "x": 0,
        "y": 0,
        "properties": {"markdown": runbook_text(watched)},
    }
    widgets: list[Body] = [text]
    for place, panel in enumerate(panels):
        panel["properties"]["region"] = watched.region
        row, column = divmod(place, _COLUMNS)
        where = {"x": column * _WIDTH, "y": _TEXT_HEIGHT + row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        widgets.append(panel | where)
    return {"start": SHOWN, "periodOverride": "inherit", "widgets": widgets}


def runbook_text(watched: Watched) -> str:
    """What to do about each alarm, and where to look. The console cannot link to a path: then it is only named."""
    runbook = watched.runbook_url
    links = [
        f"[Log]({log_url(watched.region, watched.log_group_name)})",
        f"[Function]({function_url(watched.region, watched.function_name)})",
        f"[Runbook]({runbook})" if is_link(runbook) else f"Runbook: {runbook}",
    ]
    alarms = [f"[{key}]({runbook}#{key})" if is_link(runbook) else key for key in watched.alarms]
    return (
        f"## MyRunStreak: {watched.environment}\n{' · '.join(links)}\n\n"
        f"What to do when an alarm rings, a heading of the runbook each: {', '.join(alarms)}"
    )


def _line(namespace: str, metric: str, statistic: str, **where: str) -> Line:
    flat = [part for pair in where.items() for part in pair]
    return [namespace, metric, *flat, {"stat": statistic}]


def _sync(watched: Watched, metric: Metric, statistic: str) -> Line:
    return _line(NAMESPACE, metric.value, statistic, **dimensions(watched.environment))


def _function(name: str) -> list[Line]:
    return [
        _line("AWS/Lambda", metric, "Sum", FunctionName=name)
        for metric in ("Duration", "Invocations", "Errors", "Throttles")
    ]


def _messages(watched: Watched) -> list[Body]:
    if watched.message_function_name is None:
        return []
    where = dimensions(watched.environment, MESSAGES_SERVICE)
    return [
        _panel(
            "Messages: sent, and refused by a channel",
            [
                _line(NAMESPACE, metric.value, "Sum", **where)
                for metric in (Metric.MESSAGES_SENT, Metric.MESSAGE_FAILURES)
            ],
        ),
        _panel("Message function: what it costs and how it ends", _function(watched.message_function_name)),
    ]


def _gateway(watched: Watched, metric: str, statistic: str) -> Line:
    return _line("AWS/ApiGateway", metric, statistic, ApiId=watched.api_id)


def _freshness(watched: Watched) -> Body:
    success = _sync(watched, Metric.SYNC_SUCCESS, "Maximum")
    success[-1] |= {"id": "success", "visible": False, "period": _HOUR_S}
    # The time of each success, carried forward until the next one, against the time of each hour.
    hours = "(EPOCH(FILL(success, 0)) - FILL(IF(success > 0, EPOCH(success)), REPEAT)) / 3600"
    expression = [{"expression": hours, "label": "hours", "id": "hours", "period": _HOUR_S}]
    panel = _panel("Hours since the last success", [expression, success], mark=26)
    panel["properties"]["period"] = _HOUR_S
    return panel


def _panel(title: str, metrics: list[Line], mark: float | None = None) -> Body:
    properties: Body = {
        "title": title,
        "view": "timeSeries",
        "period": _DAY_S,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}},
    }
    if mark is not None:
        properties["annotations"] = {"horizontal": [{"label": "alarm", "value": mark}]}
    return {"type": "metric", "properties": properties}
