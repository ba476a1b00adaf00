"""The panels of a dashboard as plain values: lines of metrics, and where each panel is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from infra.documents.alarm_links import is_link

SHOWN: Final = "-P90D"
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
_COLUMNS: Final = 3
_WIDTH, _HEIGHT = 24 // _COLUMNS, 6
_TEXT_HEIGHT: Final = 5

Body = dict[str, Any]
# A metric in a panel: namespace, name, dimensions, and how to draw it.
Line = list[Any]


def lay_out(region: str, text: str, panels: Sequence[Body]) -> Body:
    """A dashboard's body as CloudWatch reads it: the text above, three panels a row below."""
    above: Body = {
        "type": "text",
        "width": 24,
        "height": _TEXT_HEIGHT,
        "x": 0,
        "y": 0,
        "properties": {"markdown": text},
    }
    widgets: list[Body] = [above]
    for place, shown in enumerate(panels):
        shown["properties"]["region"] = region
        row, column = divmod(place, _COLUMNS)
        where = {"x": column * _WIDTH, "y": _TEXT_HEIGHT + row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        widgets.append(shown | where)
    return {"start": SHOWN, "periodOverride": "inherit", "widgets": widgets}


def runbook_text(environment: str, links: Sequence[str], runbook: str, alarms: Sequence[str]) -> str:
    """What to do about each alarm, and where to look. The console cannot link to a path: then it is only named."""
    shown = [*links, f"[Runbook]({runbook})" if is_link(runbook) else f"Runbook: {runbook}"]
    named = [f"[{key}]({runbook}#{key})" if is_link(runbook) else key for key in alarms]
    return (
        f"## MyRunStreak: {environment}\n{' · '.join(shown)}\n\n"
        f"What to do when an alarm rings, a heading of the runbook each: {', '.join(named)}"
    )


def panel(title: str, metrics: list[Line], mark: float | None = None) -> Body:
    """Metrics over time, a day a point; `mark` is where an alarm rings."""
    properties: Body = {
        "title": title,
        "view": "timeSeries",
        "period": DAY_S,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}},
    }
    if mark is not None:
        properties["annotations"] = {"horizontal": [{"label": "alarm", "value": mark}]}
    return {"type": "metric", "properties": properties}


def line(namespace: str, metric: str, statistic: str, **where: str) -> Line:
    """One metric; `where` are its dimensions."""
    flat = [part for pair in where.items() for part in pair]
    return [namespace, metric, *flat, {"stat": statistic}]


def function_lines(name: str) -> list[Line]:
    """What a function costs and how it ends."""
    return [
        line("AWS/Lambda", metric, "Sum", FunctionName=name)
        for metric in ("Duration", "Invocations", "Errors", "Throttles")
    ]


def api_panels(api_id: str, function_name: str) -> list[Body]:
    """The gateway and the function behind it."""
    return [
        panel(
            "API: requests, refused (4xx, throttled ones among them) and failed (5xx)",
            [line("AWS/ApiGateway", name, "Sum", ApiId=api_id) for name in ("Count", "4xx", "5xx")],
        ),
        panel(
            "API: how long an answer takes (ms)",
            [line("AWS/ApiGateway", "Latency", statistic, ApiId=api_id) for statistic in ("p50", "p99")],
        ),
        panel("API function: what it costs and how it ends", function_lines(function_name)),
    ]


def bucket_panel(bucket_name: str) -> Body:
    """What the bucket holds."""
    return panel(
        "Bucket (bytes)",
        [
            line("AWS/S3", "BucketSizeBytes", "Maximum", BucketName=bucket_name, StorageType=storage)
            for storage in ("StandardStorage", "GlacierInstantRetrievalStorage")
        ],
    )


def letters_panel(title: str, *queue_names: str) -> Body:
    """Messages that wait in queues."""
    return panel(
        title,
        [
            line("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=name)
            for name in queue_names
        ],
    )
