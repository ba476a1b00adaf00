"""What docs/benchmarks.md says beside the table of engines: how it was measured, and which engine is for which lake."""

from __future__ import annotations

from math import floor, log10
from typing import Any, Final

# How long a person waits for an answer; and the most that one Lambda function has: cores, time, and for rows half of its
# memory and all of its disk.
_PATIENCE_S: Final = 60
_LAMBDA_CORES: Final = 6
_LAMBDA_S: Final = 900
_LAMBDA_GB: Final = 5 + 10
# What a day takes of them while the board sorts. Measured with 10 million runs: within 600 MB of memory nothing goes to
# the disk, within 300 MB there are 180 MB on it.
_BYTES_A_DAY: Final = 50


def introduce_engines(figures: dict[str, Any]) -> str:
    """How the figures came about."""
    sizes = figures["sizes"]
    loads = [load[0] for size in sizes for load in (size["load_before"], size["load_after"])]
    largest = sizes[-1]
    return (
        f"Measured {figures['measured_at'][:10]}, apart from the rest: {figures['system']}, {figures['cores']} cores, "
        f"{figures['memory_gb']} GB for each engine, load average {min(loads):.1f} to {max(loads):.1f}, the engines' own "
        "included. All of them read the same Iceberg tables through the emulator's S3 on the same machine, and gave "
        f"the same bytes in every round. The board reads days: {_about(largest['runs'])} runs of "
        f"{largest['runners']:,} runners are {_about(largest['days'])} days in {largest['bytes'] / 1e6:,.0f} MB. The "
        f"first board warms an engine up; the next column is the median of {figures['rounds']} more, asked in turn."
    )


def reason_about_engines(figures: dict[str, Any]) -> str:
    """From which size on another engine is the right choice."""
    largest = figures["sizes"][-1]
    ours, *others = largest["engines"]
    rate = largest["runs"] / ours["seconds"]["median"]
    slower = " and ".join(f"{one['name']} {one['ratio']['median']:.1f} times" for one in others)
    least = min(one["ratio"]["median"] for one in others)
    cores = figures["cores"]
    in_time = rate * _LAMBDA_S * _LAMBDA_CORES / cores
    in_space = _LAMBDA_GB * 1e9 / _BYTES_A_DAY * largest["runs"] / largest["days"]
    return (
        "**Which engine for which lake.** On one machine DuckDB is ahead at every size here: it has no server to "
        "start, no plan to hand out and no rows to send between processes. With "
        f"{_about(largest['runs'])} runs it takes {ours['seconds']['median']:.0f} s, {slower} that. A cluster needs more "
        f"than {least:.0f} times the cores before it is ahead at all. What it can do and DuckDB cannot is to go on "
        "growing.\n\n"
        f"- **Up to about {_about(rate * _PATIENCE_S)} runs: DuckDB**, anywhere. These {cores} cores answer within "
        f"{_PATIENCE_S} s, and nothing costs anything between two questions.\n"
        f"- **Up to about {_about(min(in_time, in_space))} runs: DuckDB for the board**, Athena for a person who asks. "
        f"The largest Lambda function has {_LAMBDA_GB} GB for rows, half of its memory and its disk, and a day takes "
        f"about {_BYTES_A_DAY} bytes while the board sorts (measured at 10 million runs). Its {_LAMBDA_CORES} cores and "
        f"{_LAMBDA_S // 60} minutes would do for {_about(in_time)}. Both are on paper.\n"
        "- **Beyond: Athena, Trino or Spark** over the same tables, by the same statement: their memory and disk grow "
        "with their machines. The records of single runners stay in DuckDB as they are."
    )


def _about(number: float) -> str:
    """Two digits of it: 386,213,000 is "390 million"."""
    digits = floor(log10(number)) - 1
    rounded = round(number / 10**digits) * 10**digits
    for name, unit in (("billion", 1e9), ("million", 1e6)):
        if rounded >= unit:
            return f"{rounded / unit:g} {name}"
    return f"{rounded:,.0f}"
