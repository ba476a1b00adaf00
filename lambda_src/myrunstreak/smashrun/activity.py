"""One run as Smashrun's lists give it: the only list of an activity's fields.

The table ``activities``, the bulk loader's typed columns and the tolerant parser all derive from the model below, whose
field names are the columns' names. Sources of the shapes: Smashrun's API pages and what independent clients met in the
wild: a missing value is usually an absent key and sometimes ``null``; flags are 0 or 1; labels are open.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from myrunstreak.errors import MalformedRecord
from myrunstreak.sync.values import Form

Kind = Literal["id", "start", "measure", "whole", "number", "text", "flag", "utc", "wall"]
FORMS: Final[tuple[Form, ...]] = ("summary", "extended")

# The calendar day is the first ten characters as recorded; seconds and offset may be missing.
START_PATTERN: Final = (
    r"(19|2\d)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?[0-5]\d)?)?"
)
# Smashrun's other instants carry no offset; one that does is UTC's own or is not believed.
UTC_PATTERN: Final = r"(19|2\d)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]00:?00)?)?"
WALL_PATTERN: Final = r"(19|2\d)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?"


# What Smashrun writes where it does not know a value that is never negative.
UNKNOWN: Final = -1

# No run reaches these: the longest ones took weeks and some 5,000 km.
MOST_KM: Final = 5_000
MOST_S: Final = 100 * 86_400
MOST_M: Final = 100_000
MOST_HUMIDITY: Final = 200


@dataclass(frozen=True)
class Bounds:
    """What every true value keeps; None where every value is possible.

    -1, which is Smashrun's "unknown" where nothing is negative, and any value outside turn into NULL.

    Attributes:
        refused: a value outside, -1 aside, makes the record one that cannot be stored: sums and streaks are made
            from it, and a NULL would hide that something is wrong.
        finest: a positive value below it is rounded to 0.
    """

    least: float | None = None
    most: float | None = None
    refused: bool = False
    finest: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Column(Bounds):
    """Where and how a field of Smashrun's is stored.

    Attributes:
        name: the column of ``activities``.
        kind: how the value is read: ``id``, ``start`` and ``measure`` (a finite number) decide whether a record can
            be stored; every other kind turns into NULL where it cannot be read, since no run is dropped because of
            a label.
        form: the first list form that carries the field.
    """

    name: str
    kind: Kind
    form: Form

    def check(self, value: float) -> float | None:
        """A finite value as it is stored.

        Raises:
            ValueError: no run has such a value.
        """
        if self.least is None or self.most is None:
            return value
        if self.least <= value <= self.most:
            return 0.0 if self.finest and value < self.finest else value
        unknown = value == UNKNOWN or (self.kind == "number" and value < 0)
        if not self.refused or (self.least == 0 and unknown):
            return None
        if value < 0 and self.kind == "measure":
            raise ValueError("is not a number of at least 0")
        raise ValueError(
            f"is beyond every run: {value:g} is not within {self.least:,.0f} and {self.most:,.0f}"
        )


def _finite(value: object) -> float | None:
    if isinstance(value, str):
        if not value.isascii():
            return None  # no digits but 0 to 9, no blanks but ASCII's: as the bulk loader reads
        value = re.sub(r"^(\s*)\+-", r"\1-", value)
    if isinstance(value, bool | int | float | str):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None
    return None


def _whole(value: object) -> int | None:
    number = _finite(value)
    if number is None:
        return None
    size = abs(number)
    rounded = (math.floor(size) + (size - math.floor(size) >= 0.5)) * (1 if number >= 0 else -1)
    return rounded if -(2**31) <= rounded < 2**31 else None


def _flag(value: object) -> bool | None:
    number = _finite(value)
    return None if number is None else number != 0


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _moment(value: object, pattern: str = UTC_PATTERN) -> datetime | None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value)).replace(tzinfo=None)
    except ValueError:
        return None


def _wall(value: object) -> datetime | None:
    return _moment(value[:19], WALL_PATTERN) if isinstance(value, str) else None


Measure = Annotated[float | None, "measure"]
Number = Annotated[float | None, "number", BeforeValidator(_finite)]
Whole = Annotated[int | None, "whole", BeforeValidator(_whole)]
Flag = Annotated[bool | None, "flag", BeforeValidator(_flag)]
Text = Annotated[str | None, "text", BeforeValidator(_text)]
Moment = Annotated[datetime | None, "utc", BeforeValidator(_moment)]
Wall = Annotated[datetime | None, "wall", BeforeValidator(_wall)]

_RATE: Final = Bounds(0, 1_000)
_DEGREES: Final = Bounds(-150, 150)
_CLIMB: Final = Bounds(0, MOST_M, refused=True)
_HEIGHT: Final = Bounds(-MOST_M, MOST_M, refused=True)


class Activity(BaseModel):
    """A run in Smashrun's summary or extended form.

    Units are Smashrun's: km, seconds, degrees C, metres, km/h, percent. ``start`` keeps the text as
    received; ``start_date`` and ``start_local`` are read off it and never converted.
    """

    # Built when a record is refused: all others are read in bulk.
    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    activity_id: Annotated[int, "id"] = Field(alias="activityId")
    start: Annotated[str, "start"] = Field(alias="startDateTimeLocal")
    distance_km: Annotated[Measure, Bounds(0, MOST_KM, refused=True, finest=1e-5)] = Field(
        None, alias="distance"
    )
    duration_s: Annotated[Measure, Bounds(0, MOST_S, refused=True, finest=1e-3)] = Field(
        None, alias="duration"
    )
    activity_type: Text = Field(None, alias="activityType")
    calories: Annotated[Whole, Bounds(0, 1_000_000)] = None
    heart_rate_avg: Annotated[Number, _RATE] = Field(None, alias="heartRateAverage")
    heart_rate_min: Annotated[Whole, _RATE] = Field(None, alias="heartRateMin")
    heart_rate_max: Annotated[Whole, _RATE] = Field(None, alias="heartRateMax")
    cadence_avg: Annotated[Number, _RATE] = Field(None, alias="cadenceAverage")
    cadence_min: Annotated[Whole, _RATE] = Field(None, alias="cadenceMin")
    cadence_max: Annotated[Whole, _RATE] = Field(None, alias="cadenceMax")
    temperature_c: Annotated[Number, _DEGREES] = Field(None, alias="temperature")
    temperature_apparent_c: Annotated[Number, _DEGREES] = Field(None, alias="temperatureApparent")
    temperature_wind_chill_c: Annotated[Number, _DEGREES] = Field(None, alias="temperatureWindChill")
    weather_type: Text = Field(None, alias="weatherType")
    humidity: Annotated[Number, Bounds(0, MOST_HUMIDITY)] = None
    wind_speed_kph: Annotated[Number, _RATE] = Field(None, alias="windSpeed")
    how_felt: Text = Field(None, alias="howFelt")
    terrain: Text = None
    is_race: Flag = Field(None, alias="isRace")
    is_treadmill: Flag = Field(None, alias="isTreadmill")
    is_bad_hr: Flag = Field(None, alias="isBadHR")
    is_bad_elevation: Flag = Field(None, alias="isBadElevation")
    source: Text = None
    external_id: Text = Field(None, alias="externalId")
    app_version: Text = Field(None, alias="appVersion")
    device_type: Text = Field(None, alias="deviceType")
    notes: Text = None
    has_details: Flag = Field(None, alias="hasDetails")
    has_details_gps: Flag = Field(None, alias="hasDetailsGPS")
    start_latitude: Annotated[Number, Bounds(-90, 90)] = Field(None, alias="startLatitude")
    start_longitude: Annotated[Number, Bounds(-180, 180)] = Field(None, alias="startLongitude")
    uploaded_utc: Moment = Field(None, alias="syncDateTimeUTC")
    created_utc: Moment = Field(None, alias="dateCreatedUTC")
    updated_utc: Moment = Field(None, alias="dateUpdatedUTC")
    elevation_gain_m: Annotated[Number, _CLIMB, "extended"] = Field(None, alias="elevationGain")
    elevation_loss_m: Annotated[Number, _CLIMB, "extended"] = Field(None, alias="elevationLoss")
    elevation_ascent_m: Annotated[Number, _CLIMB, "extended"] = Field(None, alias="elevationAscent")
    elevation_descent_m: Annotated[Number, _CLIMB, "extended"] = Field(None, alias="elevationDescent")
    elevation_min_m: Annotated[Number, _HEIGHT, "extended"] = Field(None, alias="elevationMin")
    elevation_max_m: Annotated[Number, _HEIGHT, "extended"] = Field(None, alias="elevationMax")
    elevation_net_m: Annotated[Number, _HEIGHT, "extended"] = Field(None, alias="elevationNet")
    speed_variability: Annotated[Number, _RATE, "extended"] = Field(None, alias="speedVariability")
    city: Annotated[Text, "extended"] = None
    state: Annotated[Text, "extended"] = None
    country: Annotated[Text, "extended"] = None
    country_code: Annotated[Text, "extended"] = Field(None, alias="countryCode")
    sunrise_local: Annotated[Wall, "extended"] = Field(None, alias="sunriseLocal")
    sunset_local: Annotated[Wall, "extended"] = Field(None, alias="sunsetLocal")
    moon_phase: Annotated[Number, Bounds(0, 100), "extended"] = Field(None, alias="moonPhase")
    is_cooper_test: Annotated[Flag, "extended"] = Field(None, alias="isCooperTest")

    @field_validator("activity_id", mode="before")
    @classmethod
    def _id(cls, value: object) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value))):
            raise ValueError("is not a whole number")
        number = int(value)  # type: ignore[call-overload, arg-type]
        if not -(2**63) <= number < 2**63:
            raise ValueError("is not a whole number of 64 bits")
        return number

    @field_validator("start", mode="before")
    @classmethod
    def _start(cls, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(START_PATTERN, value, re.ASCII):
            raise ValueError("is not a date and time")
        try:
            date.fromisoformat(value[:10])
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
        return value

    @field_validator("distance_km", "duration_s", mode="before")
    @classmethod
    def _measure(cls, value: object) -> float | None:
        if value is None:
            return None
        number = None if isinstance(value, bool) else _finite(value)
        if number is None:
            raise ValueError("is not a number of at least 0")
        return number

    @field_validator("*", mode="after")
    @classmethod
    def _within_bounds(cls, value: Any, info: ValidationInfo) -> Any:
        column = _COLUMNS[info.field_name or ""]
        return column.check(value) if column.most is not None and value is not None else value

    @property
    def start_date(self) -> date:
        """The run's own calendar day: the first ten characters of the start, never converted."""
        return date.fromisoformat(self.start[:10])

    @property
    def start_local(self) -> datetime:
        """The wall clock as recorded."""
        clock = re.match(r"[T ]([\d:]+)", self.start[10:])
        return datetime.fromisoformat(f"{self.start[:10]}T{clock[1] if clock else '00:00'}")


def _column(name: str, metadata: Sequence[object]) -> Column:
    texts = [mark for mark in metadata if isinstance(mark, str)]
    bounds = next((mark for mark in metadata if isinstance(mark, Bounds)), Bounds())
    form = "extended" if "extended" in texts else "summary"
    return Column(name=name, kind=cast("Kind", texts[0]), form=form, **vars(bounds))


_COLUMNS: Final = {name: _column(name, field.metadata) for name, field in Activity.model_fields.items()}
TEMPERATURES: Final = ("temperature_c", "temperature_apparent_c", "temperature_wind_chill_c")

# Detail-only fields: known, but not columns of `activities`.
DETAIL_FIELDS: Final = frozenset(
    {
        "recordingKeys",
        "recordingValues",
        "pauseIndexes",
        "laps",
        "songs",
        "heartRateRecovery",
        "bodyWeight",
        "powerAverage",
    }
)


def columns() -> Iterator[tuple[str, Column]]:
    """Smashrun's field name and its column, in the order of the model."""
    for name, field in Activity.model_fields.items():
        yield field.alias or name, _COLUMNS[name]


def parse_activity(record: Any) -> Activity:
    """Read one record of a list.

    Raises:
        MalformedRecord: it has no usable id, start, distance or duration; the message names each field.
    """
    if not isinstance(record, dict):
        raise MalformedRecord("the record is not an object")
    try:
        return _without_placeholders(Activity.model_validate(record))
    except ValidationError as error:
        reasons = "; ".join(map(_reason, error.errors(include_url=False)))
        known = record.get("activityId")  # type: ignore[union-attr]
        activity_id = known if isinstance(known, int) and not isinstance(known, bool) else None
        raise MalformedRecord(reasons, activity_id=activity_id) from None


def _without_placeholders(activity: Activity) -> Activity:
    """The run without readings that stand for "unknown"; their neighbours tell which do.

    A temperature of exactly -1 is real if the run has the rest of its weather, humidity included: Smashrun gives all of
    it or none. A place needs both coordinates, and -1/-1 and 0/0 are placeholders.
    """
    unknown: list[str] = []
    if activity.humidity is None:
        unknown += [name for name in TEMPERATURES if getattr(activity, name) == UNKNOWN]
    place = (activity.start_latitude, activity.start_longitude)
    if None in place or place in {(UNKNOWN, UNKNOWN), (0, 0)}:
        unknown += ["start_latitude", "start_longitude"]
    return activity.model_copy(update=dict.fromkeys(unknown)) if unknown else activity


def _reason(problem: Mapping[str, Any]) -> str:
    missing = problem["type"] == "missing" or problem["input"] is None
    return f"{problem['loc'][0]} " + (
        "is missing" if missing else str(problem["msg"]).removeprefix("Value error, ")
    )
