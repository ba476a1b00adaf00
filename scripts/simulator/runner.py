"""Eleven years of an invented runner: about 4,600 runs in Smashrun's shape, without recordings."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from . import life
from .life import dice
from .records import Activity, list_order, minute_text, utc_epoch, utc_text
from .sky import moon_phase, sun_times

# Ids count the minutes since then, so they ascend in the order of upload and never depend on other days.
_ID_EPOCH = datetime(2010, 1, 1, tzinfo=UTC)
_NOTES = (
    "easy",
    "legs heavy",
    "with the club",
    "hills",
    "new shoes",
    "wind all the way",
    "6 x 800 m",
    "felt light",
)
_WEATHER = ("clear", "partlycloudy", "cloudy", "rain", "drizzle", "storm", "extremewind")
_WEATHER_WEIGHTS = (24, 34, 20, 12, 7, 1, 2)
_RACES = ((5.02, "Harbour 5K"), (10.04, "Sample 10K"), (21.14, "Sound Half"), (42.28, "Isles Marathon"))


@dataclass(frozen=True)
class _Plan:
    """One run before it becomes a record: km, minutes of the day, and what is special about it."""

    distance_km: float
    start_minute: int
    race: str = ""
    second: bool = False


def seeded_history(seed: int = 1, today: date | None = None, years: int = 11) -> list[Activity]:
    """The runs from 1 January of `today.year - years` to yesterday, newest start first.

    Every day follows from the seed and its date, so tomorrow's history is today's and one day more (within a
    year; at New Year the first year falls away). Everything was uploaded before `today` began in UTC; with a
    datetime, what was uploaded until that instant is there too. Made for dates from 2026 on: then there is a
    living streak of several hundred days, and an older one of 1,173 days that is the longest.
    """
    now = today or datetime.now(UTC).date()
    if not isinstance(now, datetime):
        now = datetime.combine(now, time(), UTC)
    limit = (now if now.tzinfo else now.replace(tzinfo=UTC)).timestamp()
    day, last = date(now.year - years, 1, 1), now.date() + timedelta(days=1)
    runs: list[Activity] = []
    while day <= last:
        runs += [run for run in runs_of_day(seed, day) if (utc_epoch(run["dateCreatedUTC"]) or 0.0) < limit]
        day += timedelta(days=1)
    return sorted(runs, key=list_order, reverse=True)


def runs_of_day(seed: int, day: date) -> list[Activity]:
    """What the runner's watch recorded on one date, and the odd record of a few known dates."""
    if not life.runs_on(seed, day):
        return []
    runs = [_record(seed, day, plan) for plan in _plans(seed, day)]
    oddity = life.ODDITIES.get(day)
    return _with_oddity(seed, day, runs, oddity) if oddity else runs


def _plans(seed: int, day: date) -> list[_Plan]:
    rng = dice(seed, day, "plan")
    # West of home only mornings: an evening there is the next day in UTC, and yesterday's run would be
    # missing.
    offset = life.place_on(seed, day).offset_minutes
    west = offset is not None and offset < 0
    morning = rng.random() < 0.62 or west
    start = rng.randint(370, 500) if morning else rng.randint(1020, 1170)
    weekday = day.weekday()
    if weekday == 6 and rng.random() < 0.13:
        distance, name = rng.choices(_RACES, weights=(5, 6, 3, 1))[0]
        return [_Plan(round(distance + rng.uniform(-0.03, 0.06), 5), 9 * 60 + 30, race=name)]
    if weekday == 6:
        distance = rng.uniform(12.5, 24.0)
    elif rng.random() < 0.12:
        distance = rng.uniform(1.75, 3.4)
    else:
        distance = rng.triangular(4.2, 12.5, 7.2)
    # A day too short for the mile rule, now and then; not in the streak that is alive.
    if day < life.CURRENT_STREAK_START and rng.random() < 0.004:
        return [_Plan(round(rng.uniform(0.9, 1.5), 5), start)]
    plans = [_Plan(round(distance, 5), start)]
    if morning and not west and rng.random() < 0.19:
        plans.append(_Plan(round(rng.uniform(1.8, 6.0), 5), rng.randint(1005, 1180), second=True))
    return plans


def _record(seed: int, day: date, plan: _Plan) -> Activity:
    rng = dice(seed, day, "second" if plan.second else "first")
    place = life.place_on(seed, day)
    belt = life.TREADMILL_WINTER[0] <= day <= life.TREADMILL_WINTER[1] and place.offset_minutes is None
    manual = not belt and not plan.race and rng.random() < 0.03
    wall = datetime.combine(day, time()) + timedelta(minutes=plan.start_minute)
    offset = life.offset_minutes(place, wall)
    start = wall.replace(tzinfo=timezone(timedelta(minutes=offset)))
    distance_km = round(plan.distance_km, 1) if manual else plan.distance_km
    duration_s = _duration(rng, day, distance_km, bool(plan.race), manual)
    record: Activity = {
        "activityId": 0,
        "activityType": "running",
        "duration": duration_s,
        "distance": distance_km,
        "calories": None if manual or rng.random() < 0.03 else round(distance_km * rng.uniform(66, 76)),
        "notes": plan.race or (rng.choice(_NOTES) if rng.random() < 0.12 else ""),
        "startDateTimeLocal": start.isoformat(),
        **_origin(rng, day, manual),
        "hasDetails": 0 if manual else 1,
        "hasDetailsGPS": 0 if manual or belt else 1,
    }
    outside = not manual and not belt
    if outside:
        record["startLatitude"] = round(place.latitude + rng.uniform(-0.004, 0.004), 6)
        record["startLongitude"] = round(place.longitude + rng.uniform(-0.004, 0.004), 6)
    if not manual:
        record |= _body(rng, bool(plan.race))
    if outside:
        record |= _weather(rng, day)
    if not manual or rng.random() < 0.2:
        felt = rng.choices(
            ("none", "great", "soso", "tired", "Unstoppable", "injured"), (60, 16, 12, 9, 2, 1)
        )[0]
        ground = (
            "treadmill"
            if belt
            else rng.choices(("none", "road", "trail", "track", "beach"), (62, 25, 9, 2, 2))[0]
        )
        record |= {"howFelt": felt, "terrain": ground}
    record |= {"isRace": int(bool(plan.race)), "isTreadmill": int(belt)}
    record |= {"isBadHR": int(not manual and rng.random() < 0.01), "isBadElevation": 0}
    record |= _upload(rng, day, start, duration_s, plan, manual)
    record["activityId"] = _id(record)
    return record | _extended(rng, day, start, offset, place, outside)


def _duration(rng: random.Random, day: date, distance_km: float, race: bool, manual: bool) -> float:
    """Seconds: slower over distance, a little faster with the years, faster in races; never near a record."""
    trained = min(1.0, (day - date(2015, 1, 1)).days / 3000)
    pace_s = 352 - 38 * trained + 2.1 * distance_km + rng.gauss(0, 11)
    pace_s = max(238.0, pace_s - (52 if race else 0))
    seconds = pace_s * distance_km
    if manual:
        return float(round(seconds / 60) * 60)
    return round(seconds, 3) if rng.random() < 0.4 else float(round(seconds))


def _origin(rng: random.Random, day: date, manual: bool) -> Activity:
    if manual:
        return {"externalId": "", "source": "manual", "appVersion": "", "deviceType": ""}
    if day <= life.MAPMYRUN_UNTIL:
        ident, source, device = f"mmr-{rng.randrange(10**9):09d}", "mapmyrun", "MapMyFitness"
    else:
        later = ("garminpush", "garminhealth") if day.year >= 2018 else ("garmin", "garminpush")
        source = later[1] if rng.random() < 0.15 else later[0]
        ident, device = f"gc-{rng.randrange(10**9):09d}", "Garmin"
    return {"externalId": ident, "source": source, "appVersion": "", "deviceType": device}


def _body(rng: random.Random, race: bool) -> Activity:
    """Heart rate and cadence; each of the values may be missing on its own."""
    fields: Activity = {}
    average = round(rng.gauss(168 if race else 146, 6))
    if rng.random() < 0.86:
        fields |= {"heartRateMax": average + rng.randint(9, 24), "heartRateMin": rng.randint(82, 104)}
        fields["heartRateAverage"] = average
    elif rng.random() < 0.25:
        fields["heartRateMax"] = average + 20
    if rng.random() < 0.9:
        cadence = round(rng.gauss(170, 3))
        fields["cadenceMax"] = cadence + rng.randint(5, 16)
        if rng.random() < 0.45:
            fields["cadenceMin"] = cadence - rng.randint(12, 40)
        fields["cadenceAverage"] = cadence
    return fields


def _weather(rng: random.Random, day: date) -> Activity:
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 205) / 365)
    degrees = round(12.5 + 7.5 * season + rng.gauss(0, 2.5), 2)
    kind = rng.choices(_WEATHER, _WEATHER_WEIGHTS)[0]
    fields: Activity = {"weatherType": "snow" if degrees < 1.5 else kind, "temperature": degrees}
    fields |= {"humidity": rng.randint(48, 97), "windSpeed": rng.randint(2, 44)}
    fields["temperatureApparent"] = round(degrees + rng.uniform(-1.5, 0.5), 2)
    if rng.random() < 0.8:
        fields["temperatureWindChill"] = round(degrees - rng.uniform(0.2, 3.5), 2)
    return fields


def _upload(
    rng: random.Random, day: date, start: datetime, duration_s: float, plan: _Plan, manual: bool
) -> Activity:
    """When the run reached Smashrun, and what touched it since."""
    created = start + timedelta(seconds=duration_s, minutes=rng.uniform(3, 25))
    # Second runs of the early years came in days late; the streak does not hang on them.
    if plan.second and day.year < 2023 and rng.random() < 0.08:
        created += timedelta(days=rng.randint(1, 4))
    if life.LATE_IMPORT[0] <= day <= life.LATE_IMPORT[1]:
        # One after another, a minute each, oldest first.
        place = (day - life.LATE_IMPORT[0]).days * 2 + int(plan.second)
        created = life.LATE_IMPORT[2] + timedelta(minutes=place, seconds=rng.uniform(1, 50))
    updated = created + timedelta(seconds=rng.uniform(0, 6))
    synced = created
    if life.MASS_RESYNC[0] <= day <= life.MASS_RESYNC[1] and not manual:
        synced = life.MASS_RESYNC[2] + timedelta(seconds=rng.uniform(0, 700))
        updated = synced + timedelta(seconds=rng.uniform(1, 9))
    elif day.year < 2025 and rng.random() < 0.01:
        updated += timedelta(days=rng.uniform(0.1, 20))
    return {
        "syncDateTimeUTC": None if manual else minute_text(synced),
        "dateCreatedUTC": utc_text(created),
        "dateUpdatedUTC": utc_text(updated),
    }


def _id(record: Activity) -> int:
    created = utc_epoch(record["dateCreatedUTC"]) or 0.0
    return int((created - _ID_EPOCH.timestamp()) // 60)


def _extended(
    rng: random.Random, day: date, start: datetime, offset: int, place: life.Place, outside: bool
) -> Activity:
    rise, fall = sun_times(day, place.latitude, place.longitude, offset)
    fields: Activity = {"speedVariability": round(rng.uniform(0.018, 0.095), 3), "sunriseLocal": rise}
    fields |= {"sunsetLocal": fall, "moonPhase": moon_phase(start)}
    if outside:
        gain, net = rng.randint(8, 140), rng.choice((-1, 0, 0, 1))
        fields |= {"elevationGain": gain, "elevationLoss": gain - net, "elevationAscent": gain}
        fields |= {"elevationDescent": gain - net, "elevationMin": rng.randint(-3, 18), "elevationNet": net}
        fields |= {"countryCode": place.country_code, "country": place.country}
        fields |= {"city": place.city, "state": place.state}
    return fields | {"isCooperTest": 0}


def _with_oddity(seed: int, day: date, runs: list[Activity], oddity: life.Oddity) -> list[Activity]:
    """Make the day's run odd, or add an odd record to it where the day itself should stay sound."""
    first = dict(runs[0])
    extra = _record(seed, day, _Plan(2.41402, 12 * 60 + 15))
    extra["externalId"] = f"odd-{day.isoformat()}"
    if oddity == "unknown_words":
        first |= {"weatherType": "volcanicash", "howFelt": "Zen", "terrain": "moon dust"}
    elif oddity == "null_calories":
        first["calories"] = None
    elif oddity == "exact_mile":
        first |= {"distance": 1.60934, "duration": 541.0}
    elif oddity == "wrong_offset":
        first["startDateTimeLocal"] = f"{first['startDateTimeLocal'][:19]}+14:00"
    elif oddity == "last_minute":
        return [*runs, _record(seed, day, _Plan(3.21869, 23 * 60 + 59, second=True))]
    elif oddity == "dst_night":
        return [*runs, _record(seed, day, _Plan(2.71828, 90, second=True))]
    elif oddity == "zero_duration":
        return [*runs, extra | {"duration": 0.0}]
    elif oddity == "zero_distance":
        return [*runs, extra | {"distance": 0.0}]
    elif oddity == "no_id":
        return [*runs, _without(extra, "activityId")]
    elif oddity == "no_start":
        return [*runs, _without(extra, "startDateTimeLocal")]
    else:
        return [*runs, extra | {"startDateTimeLocal": f"{day.day}. {day.month}. {day.year}, about noon"}]
    return [first, *runs[1:]]


def _without(record: Activity, key: str) -> Activity:
    return {name: value for name, value in record.items() if name != key}
