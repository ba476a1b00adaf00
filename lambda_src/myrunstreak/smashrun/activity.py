"""One run as Smashrun's lists give it: the only list of an activity's fields.

The table ``activities``, the bulk loader's typed columns and the tolerant parser all derive from the
model below. Sources of the shapes: Smashrun's API pages and what independent clients met in the wild:
a missing value is usually an absent key and sometimes ``null``; flags are 0 or 1; labels are open.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

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


@dataclass(frozen=True)
class Column:
    """Where and how a field of Smashrun's is stored.

    Attributes:
        name: the column of ``activities``.
        kind: how the value is read: ``id``, ``start`` and ``measure`` (a finite number) decide whether a record can
            be stored; every other kind turns into NULL where it cannot be read, since no run is dropped because of
            a label.
        form: the first list form that carries the field.
        least, most: the bounds that every true value keeps. -1, which is Smashrun's "unknown" where nothing is
            negative, and whatever else is outside turn into NULL.
        refused: a value outside, -1 aside, makes the record one that cannot be stored: sums and streaks are made
            from it, and a NULL would hide that something is wrong.
        finest: what is positive and below it is rounded to 0.
    """

    name: str
    kind: Kind
    form: Form = "summary"
    least: float | None = None
    most: float | None = None
    refused: bool = False
    finest: float = 0.0

    def bounded(self, value: float) -> float | None:
        """A finite value as it is stored.

        Raises:
            ValueError: no run has such a value.
        """
        if self.least is None or self.most is None:
            return value
        if self.least <= value <= self.most:
            return 0.0 if self.finest and value < self.finest else value
        if not self.refused or (
            self.least == 0 and (value == UNKNOWN or (self.kind == "number" and value < 0))
        ):
            return None
        if value < 0 and self.kind == "measure":
            raise ValueError("is not a number of at least 0")
        raise ValueError(
            f"is beyond every run: {value:g} is not within {self.least:,.0f} and {self.most:,.0f}"
        )


# What Smashrun writes where it does not know a value that is never negative.
UNKNOWN: Final = -1

# No run reaches these: the longest ones took weeks and some 5,000 km.
MOST_KM: Final = 5_000
MOST_S: Final = 100 * 86_400
MOST_M: Final = 100_000
MOST_HUMIDITY: Final = 200


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


Number = Annotated[float | None, BeforeValidator(_finite)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Text = Annotated[str | None, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Wall = Annotated[datetime | None, BeforeValidator(_wall)]


class Activity(BaseModel):
    """A run in Smashrun's summary or extended form.

    Units are Smashrun's: km, seconds, degrees C, metres, km/h, percent. ``start`` keeps the text as
    received; ``start_date`` and ``start_local`` are read off it and never converted.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    activity_id: Annotated[int, Column("activity_id", "id")] = Field(alias="activityId")
    start: Annotated[str, Column("start", "start")] = Field(alias="startDateTimeLocal")
    distance_km: Annotated[
        float | None, Column("distance_km", "measure", least=0, most=MOST_KM, refused=True, finest=1e-5)
    ] = Field(None, alias="distance")
    duration_s: Annotated[
        float | None, Column("duration_s", "measure", least=0, most=MOST_S, refused=True, finest=1e-3)
    ] = Field(None, alias="duration")
    activity_type: Annotated[Text, Column("activity_type", "text")] = Field(None, alias="activityType")
    calories: Annotated[Whole, Column("calories", "whole", least=0, most=1_000_000)] = None
    heart_rate_avg: Annotated[Number, Column("heart_rate_avg", "number", least=0, most=1_000)] = Field(
        None, alias="heartRateAverage"
    )
    heart_rate_min: Annotated[Whole, Column("heart_rate_min", "whole", least=0, most=1_000)] = Field(
        None, alias="heartRateMin"
    )
    heart_rate_max: Annotated[Whole, Column("heart_rate_max", "whole", least=0, most=1_000)] = Field(
        None, alias="heartRateMax"
    )
    cadence_avg: Annotated[Number, Column("cadence_avg", "number", least=0, most=1_000)] = Field(
        None, alias="cadenceAverage"
    )
    cadence_min: Annotated[Whole, Column("cadence_min", "whole", least=0, most=1_000)] = Field(
        None, alias="cadenceMin"
    )
    cadence_max: Annotated[Whole, Column("cadence_max", "whole", least=0, most=1_000)] = Field(
        None, alias="cadenceMax"
    )
    temperature_c: Annotated[Number, Column("temperature_c", "number", least=-150, most=150)] = Field(
        None, alias="temperature"
    )
    temperature_apparent_c: Annotated[
        Number, Column("temperature_apparent_c", "number", least=-150, most=150)
    ] = Field(None, alias="temperatureApparent")
    temperature_wind_chill_c: Annotated[
        Number, Column("temperature_wind_chill_c", "number", least=-150, most=150)
    ] = Field(None, alias="temperatureWindChill")
    weather_type: Annotated[Text, Column("weather_type", "text")] = Field(None, alias="weatherType")
    humidity: Annotated[Number, Column("humidity", "number", least=0, most=MOST_HUMIDITY)] = None
    wind_speed_kph: Annotated[Number, Column("wind_speed_kph", "number", least=0, most=1_000)] = Field(
        None, alias="windSpeed"
    )
    how_felt: Annotated[Text, Column("how_felt", "text")] = Field(None, alias="howFelt")
    terrain: Annotated[Text, Column("terrain", "text")] = None
    is_race: Annotated[Flag, Column("is_race", "flag")] = Field(None, alias="isRace")
    is_treadmill: Annotated[Flag, Column("is_treadmill", "flag")] = Field(None, alias="isTreadmill")
    is_bad_hr: Annotated[Flag, Column("is_bad_hr", "flag")] = Field(None, alias="isBadHR")
    is_bad_elevation: Annotated[Flag, Column("is_bad_elevation", "flag")] = Field(
        None, alias="isBadElevation"
    )
    source: Annotated[Text, Column("source", "text")] = None
    external_id: Annotated[Text, Column("external_id", "text")] = Field(None, alias="externalId")
    app_version: Annotated[Text, Column("app_version", "text")] = Field(None, alias="appVersion")
    device_type: Annotated[Text, Column("device_type", "text")] = Field(None, alias="deviceType")
    notes: Annotated[Text, Column("notes", "text")] = None
    has_details: Annotated[Flag, Column("has_details", "flag")] = Field(None, alias="hasDetails")
    has_details_gps: Annotated[Flag, Column("has_details_gps", "flag")] = Field(None, alias="hasDetailsGPS")
    start_latitude: Annotated[Number, Column("start_latitude", "number", least=-90, most=90)] = Field(
        None, alias="startLatitude"
    )
    start_longitude: Annotated[Number, Column("start_longitude", "number", least=-180, most=180)] = Field(
        None, alias="startLongitude"
    )
    uploaded_utc: Annotated[Moment, Column("uploaded_utc", "utc")] = Field(None, alias="syncDateTimeUTC")
    created_utc: Annotated[Moment, Column("created_utc", "utc")] = Field(None, alias="dateCreatedUTC")
    updated_utc: Annotated[Moment, Column("updated_utc", "utc")] = Field(None, alias="dateUpdatedUTC")
    elevation_gain_m: Annotated[
        Number, Column("elevation_gain_m", "number", "extended", least=0, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationGain")
    elevation_loss_m: Annotated[
        Number, Column("elevation_loss_m", "number", "extended", least=0, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationLoss")
    elevation_ascent_m: Annotated[
        Number, Column("elevation_ascent_m", "number", "extended", least=0, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationAscent")
    elevation_descent_m: Annotated[
        Number, Column("elevation_descent_m", "number", "extended", least=0, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationDescent")
    elevation_min_m: Annotated[
        Number, Column("elevation_min_m", "number", "extended", least=-MOST_M, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationMin")
    elevation_max_m: Annotated[
        Number, Column("elevation_max_m", "number", "extended", least=-MOST_M, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationMax")
    elevation_net_m: Annotated[
        Number, Column("elevation_net_m", "number", "extended", least=-MOST_M, most=MOST_M, refused=True)
    ] = Field(None, alias="elevationNet")
    speed_variability: Annotated[
        Number, Column("speed_variability", "number", "extended", least=0, most=1_000)
    ] = Field(None, alias="speedVariability")
    city: Annotated[Text, Column("city", "text", "extended")] = None
    state: Annotated[Text, Column("state", "text", "extended")] = None
    country: Annotated[Text, Column("country", "text", "extended")] = None
    country_code: Annotated[Text, Column("country_code", "text", "extended")] = Field(
        None, alias="countryCode"
    )
    sunrise_local: Annotated[Wall, Column("sunrise_local", "wall", "extended")] = Field(
        None, alias="sunriseLocal"
    )
    sunset_local: Annotated[Wall, Column("sunset_local", "wall", "extended")] = Field(
        None, alias="sunsetLocal"
    )
    moon_phase: Annotated[Number, Column("moon_phase", "number", "extended", least=0, most=100)] = Field(
        None, alias="moonPhase"
    )
    is_cooper_test: Annotated[Flag, Column("is_cooper_test", "flag", "extended")] = Field(
        None, alias="isCooperTest"
    )

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
    def _bounded(cls, value: Any, info: ValidationInfo) -> Any:
        mark = _MARKS.get(info.field_name or "")
        return mark.bounded(value) if mark and value is not None else value

    @property
    def start_date(self) -> date:
        """The run's own calendar day: the first ten characters of the start, never converted."""
        return date.fromisoformat(self.start[:10])

    @property
    def start_local(self) -> datetime:
        """The wall clock as recorded."""
        clock = re.match(r"[T ]([\d:]+)", self.start[10:])
        return datetime.fromisoformat(f"{self.start[:10]}T{clock[1] if clock else '00:00'}")


_MARKS: Final = {
    name: mark
    for name, field in Activity.model_fields.items()
    for mark in field.metadata
    if isinstance(mark, Column) and mark.most is not None
}
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
        for mark in field.metadata:
            if isinstance(mark, Column):
                yield field.alias or name, mark


def parse_activity(record: Any) -> Activity:
    """Read one record of a list.

    Raises:
        MalformedRecord: the record has no usable id, start, distance or duration; the message
            names each field in words.
    """
    if not isinstance(record, dict):
        raise MalformedRecord("the record is not an object")
    try:
        return _without_placeholders(Activity.model_validate(record))
    except ValidationError as error:
        reasons = "; ".join(
            f"{problem['loc'][0]} "
            + (
                "is missing"
                if problem["type"] == "missing" or problem["input"] is None
                else _plain(problem["msg"])
            )
            for problem in error.errors(include_url=False)
        )
        known = record.get("activityId")  # type: ignore[union-attr]
        activity_id = known if isinstance(known, int) and not isinstance(known, bool) else None
        raise MalformedRecord(reasons, activity_id=activity_id) from None


def _without_placeholders(activity: Activity) -> Activity:
    """The run without readings that stand for "unknown", which only their neighbours tell.

    A temperature of exactly -1 is true where the weather of the run is known, humidity included; Smashrun's weather
    comes whole or not at all. A place is a pair: half of one says nothing, and at -1/-1 and 0/0 nobody runs.
    """
    unknown: list[str] = []
    if activity.humidity is None:
        unknown += [name for name in TEMPERATURES if getattr(activity, name) == UNKNOWN]
    place = (activity.start_latitude, activity.start_longitude)
    if None in place or place in {(UNKNOWN, UNKNOWN), (0, 0)}:
        unknown += ["start_latitude", "start_longitude"]
    return activity.model_copy(update=dict.fromkeys(unknown)) if unknown else activity


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
