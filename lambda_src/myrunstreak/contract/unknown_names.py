"""Refuses names that this program does not know: a typing error must not change a streak in silence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from myrunstreak.errors import InvalidSettings

# No other program's variables begin so.
_OURS: Final = ("SMASHRUN_", "STREAK_")
# Other programs' variables look like these: in an environment only the exact name is ours.
_COMMON: Final = frozenset(
    [
        "ACTIVITY_TYPES",
        "API_KEYS",
        "AWS_REGION",
        "CLUB",
        "DIGEST",
        "ENVIRONMENT",
        "LOG_LEVEL",
        "TENANT",
        "UNITS",
        "WEEK_START",
    ]
)
# What else people keep in a `.env`: for AWS's and Pulumi's tools, proxies, certificates and the clock.
_OTHERS: Final = ("AWS_", "PULUMI_", "POWERTOOLS_", "PYTHON")
_OTHERS_NAMES: Final = frozenset(
    [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "TZ",
        "NO_COLOR",
    ]
)
_NEAR: Final = 0.84
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Line(NamedTuple):
    """One assignment of a `.env`; ``name`` is None where the line cannot be understood."""

    number: int
    name: str | None
    has_value: bool = True


def did_you_mean(name: str, known: Collection[str]) -> str:
    """`` Did you mean X?`` for a name that is close to a known one, else nothing."""
    near = _find_nearest(name, tuple(sorted(known)), 0.6)
    return f" Did you mean {near}?" if near else ""


def refuse_near_misses(env: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse a variable of the environment that is no setting but looks like one.

    Raises:
        InvalidSettings: one line that names it; never its value.
    """
    for name, value in env.items():
        if name in known or not value.strip() or not _VARIABLE.fullmatch(name):
            continue
        if is_meant_for(name, known):
            raise InvalidSettings(
                f"{name} in the environment is no setting of this program.{did_you_mean(name, known)} "
                f"Correct it, or remove it: `unset {name}`."
            )


def is_meant_for(name: str, known: Collection[str]) -> bool:
    """Whether a name is one of these settings, or surely a slip of one: by our prefix, or nearly its letters."""
    if name in known or name.upper().startswith(_OURS):
        return True
    return _find_nearest(name, tuple(sorted(one for one in known if one not in _COMMON)), _NEAR) is not None


def refuse_unknown_lines(file: Path, lines: Iterable[Line], known: Collection[str]) -> None:
    """Refuse a `.env` with a line that is no setting of this program or of a tool beside it.

    Raises:
        InvalidSettings: one line with file and line number; never a value.
    """
    for line in lines:
        place = f"{file}, line {line.number}:"
        if line.name is None:
            raise InvalidSettings(
                f"{place} this cannot be understood. Write NAME=VALUE, or # before a comment."
            )
        if line.name not in known and not belongs_to_others(line.name):
            raise InvalidSettings(
                f"{place} {line.name} is no setting of this program.{did_you_mean(line.name, known)} Correct or "
                "remove it; what another program reads belongs in the environment, not in this file."
            )
        if line.name in known and not line.has_value:
            raise InvalidSettings(f"{place} {line.name} has no value. Write {line.name}=VALUE, or remove it.")


def belongs_to_others(name: str) -> bool:
    """Whether a name of a `.env` is for a tool beside this program: AWS's, Pulumi's, a proxy."""
    return name.startswith(_OTHERS) or name.upper() in _OTHERS_NAMES


# A function reads its settings at every request, and its environment hardly changes.
@lru_cache(maxsize=1024)
def _find_nearest(name: str, known: tuple[str, ...], cutoff: float) -> str | None:
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), by_lower, 1, cutoff)
    return by_lower[near[0]] if near else None
