"""A switch for each behaviour of Smashrun that is not established; the defaults are the likeliest.

The numbers in the comments are those of the list of switches in the API reference (section 10).
"""

from __future__ import annotations

import types
from dataclasses import dataclass, fields
from typing import Literal, Union, get_args, get_origin, get_type_hints

TWELVE_WEEKS_S = 12 * 7 * 86_400
SIXTY_DAYS_S = 60 * 86_400


@dataclass(frozen=True, kw_only=True)
class Switches:
    """How this Smashrun behaves where the real one is unknown, and how long its tokens live (seconds)."""

    # 1. A larger `count` is clamped to this without a word; None: no clamp.
    largest_page: int | None = 100
    # 2. Rows per page when only `page` is given.
    default_count: int = 10
    # 3. What `fromDate` and `fromDateUTC` compare with; under syncDateTimeUTC manual runs (null) never match.
    filter_column: Literal["dateUpdatedUTC", "syncDateTimeUTC"] = "dateUpdatedUTC"
    # 4. Whether a row exactly at the bound matches.
    bound: Literal["inclusive", "exclusive"] = "inclusive"
    # 5. What a refresh answers: the same refresh token; a new one, the old still valid; a new one, the old
    # dead (strict rotation); none at all.
    refresh: Literal["same", "new", "rotate", "omit"] = "same"
    refresh_token_life_s: int = TWELVE_WEEKS_S
    # With "same" and "omit" the one refresh token would end 12 weeks after the consent, however often it is
    # used; clients that lived on one for years say it does not.
    refresh_extends_life: bool = True
    access_token_life_s: int = TWELVE_WEEKS_S
    user_token_life_s: int = SIXTY_DAYS_S
    code_life_s: int = 300
    # 6. What GET of a deleted id answers.
    deleted_detail: Literal["404", "stale"] = "404"
    # 7. The 429 and both windows.
    rate_limits: bool = True
    burst_limit: int = 80
    burst_window_s: int = 10
    hourly_limit: int = 250
    retry_after: Literal["seconds", "http-date", "none"] = "seconds"
    rate_limit_body: Literal["json", "text"] = "json"
    # 8. Splits of a run without details.
    splits_without_details: Literal["empty", "404", "500"] = "empty"
    # 9. Units that sources disagree on. "unit" means mph for mile splits.
    lap_distance_unit: Literal["km", "m"] = "km"
    split_speed_unit: Literal["km/h", "unit"] = "km/h"
    # 10. Body of an API (not OAuth) error.
    error_body: Literal["json", "empty", "html"] = "empty"
    # False: `/search/extended` answers 404, as forms do that a Smashrun does not know.
    extended_form: bool = True
    extended_has_recordings: bool = False
    # The user's offset, used for `fromDate` and the profile; None: that of the newest run.
    time_zone_offset_minutes: int | None = None

    def __post_init__(self) -> None:
        for name in ("largest_page", "default_count", "burst_limit", "burst_window_s", "hourly_limit"):
            value: int | None = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value}: expected a whole number from 1")


def switch_choices() -> dict[str, str]:
    """Each switch and what it accepts, in words: `{"refresh": "same | new | rotate | omit (same)"}`."""
    hints = get_type_hints(Switches)
    return {f.name: f"{_accepted(hints[f.name])} ({_plain(f.default)})" for f in fields(Switches)}


def parse_switch(text: str) -> tuple[str, object]:
    """`"refresh=rotate"` as name and value. Raises ValueError with one line that says what is accepted."""
    name, equals, value = text.partition("=")
    name = name.strip().replace("-", "_")
    hints = get_type_hints(Switches)
    if not equals or name not in hints:
        raise ValueError(f"switch {text!r}: expected NAME=VALUE with NAME one of {', '.join(hints)}")
    hint: object = hints[name]
    value = value.strip()
    if value in get_args(hint):
        return name, value
    if hint is bool and value.lower() in ("true", "false", "yes", "no", "1", "0"):
        return name, value.lower() in ("true", "yes", "1")
    if hint is int or int in get_args(hint):
        if value.lower() == "none" and hint is not int:
            return name, None
        try:
            return name, int(value)
        except ValueError:
            pass
    raise ValueError(f"switch {name}: {value!r} is not accepted, expected {_accepted(hint)}")


def _accepted(hint: object) -> str:
    if hint is bool:
        return "true | false"
    if get_origin(hint) is Literal:
        return " | ".join(str(choice) for choice in get_args(hint))
    return "whole number | none" if get_origin(hint) in (Union, types.UnionType) else "whole number"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
