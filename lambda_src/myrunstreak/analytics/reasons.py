"""Why a day counts or does not, in one sentence."""

from __future__ import annotations


def reason_of(runs: int, deleted: int, distance_km: float, minimum_km: float, *, is_run_day: bool) -> str:
    """The reason in words.

    Args:
        runs: live runs of the day; deleted: those deleted at Smashrun.
        distance_km: what the live ones add up to.
        minimum_km: what the day needs; 0 where any run counts.
    """
    gone = f" {_counted(deleted)} deleted at Smashrun and not counted." if deleted else ""
    if not runs:
        return f"No run on this day.{gone}"
    total = (
        f"{_counted(runs)} of {_km(distance_km)} km"
        if runs == 1
        else f"{runs} runs that add up to {_km(distance_km)} km"
    )
    if not minimum_km:
        return f"{total}: any recorded run counts.{gone}"
    if is_run_day:
        return f"{total}: at least the {_km(minimum_km)} km that a day needs.{gone}"
    short = minimum_km - distance_km
    return f"{total}: {_km(short)} km less than the {_km(minimum_km)} km that a day needs.{gone}"


def _counted(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"


def _km(km: float) -> str:
    """Smashrun's five decimals, without zeros that say nothing."""
    return f"{km:.5f}".rstrip("0").rstrip(".")
