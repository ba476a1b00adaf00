"""CloudWatch's evaluation of a plain alarm on a metric stream, written down from its documentation.

A period is aggregated by the alarm's statistic, or is missing. Missing periods count as the alarm says:
``breaching``, ``notBreaching``, or ``ignore``, which leaves the state as it was unless enough is known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

State = Literal["INSUFFICIENT_DATA", "OK", "ALARM"]
Stream = Iterable[tuple[float, float]]

_STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}


def states(alarm: Mapping[str, Any], stream: Stream, until_s: float) -> list[tuple[float, State]]:
    """The alarm's state at the end of each period, from time 0 on.

    Args:
        alarm: the inputs of a MetricAlarm.
        stream: (seconds, value) of every datum.
        until_s: when to stop.
    """
    period, count = int(alarm["period"]), int(alarm["evaluationPeriods"])
    compare, threshold = _COMPARISONS[alarm["comparisonOperator"]], float(alarm["threshold"])
    buckets: dict[int, list[float]] = {}
    for at, value in stream:
        buckets.setdefault(int(at // period), []).append(value)
    state: State = "INSUFFICIENT_DATA"
    found: list[tuple[float, State]] = []
    for last in range(int(until_s // period)):
        window = [buckets.get(number) for number in range(last - count + 1, last + 1)]
        known = [compare(_STATISTICS[alarm["statistic"]](values), threshold) for values in window if values]
        missing = count - len(known)
        match alarm["treatMissingData"]:
            case "breaching":
                state = "ALARM" if sum(known) + missing == count else "OK"
            case "notBreaching":
                state = "ALARM" if sum(known) == count else "OK"
            case "ignore":
                if not missing:
                    state = "ALARM" if all(known) else "OK"
            case other:
                raise AssertionError(other)
        found.append(((last + 1) * period, state))
    return found


def last_state(alarm: Mapping[str, Any], stream: Stream, until_s: float) -> State:
    """The alarm's state at the end."""
    return states(alarm, stream, until_s)[-1][1]
