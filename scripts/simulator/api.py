"""The part of `/v1` that a sync uses, as a function from request to answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, cast
from urllib.parse import unquote

from .clock import Clock
from .forms import brief, detail, extended, summary, with_recording
from .rate import RateWindows
from .records import activity_id, start_of, utc_text
from .splits import splits
from .store import ActivityStore, Row
from .switches import Switches
from .tokens import READ, WRITE, TokenOffice
from .wire import HTML_TYPE, Request, Response, json_response, typed_response

_REASONS = {
    400: ("invalid_request", "The request is malformed"),
    401: ("invalid_token", "The access token is expired or has been revoked"),
    403: ("insufficient_scope", "The token does not cover this request"),
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "This simulator only reads"),
    415: ("unsupported_media_type", "A body needs a Content-Type"),
    500: ("server_error", "Something went wrong"),
}


class ApiError(Exception):
    """An answer other than 200; carries the status."""

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(why or _REASONS[status][1])
        self.status = status


class Api:
    """Answers everything below `/v1` for the one runner."""

    def __init__(
        self, store: ActivityStore, switches: Switches, office: TokenOffice, clock: Clock, seed: int
    ) -> None:
        self._store = store
        self._switches = switches
        self._office = office
        self._rates = RateWindows(clock, switches)
        self._seed = seed

    def handle(self, request: Request) -> Response:
        """Answer one request; never raises for anything a client can send."""
        try:
            path = request.path.removeprefix("/v1")
            if path.startswith("/auth/"):
                return self._token_status(request.method, unquote(path.removeprefix("/auth/")))
            ticket = self._office.access(request.bearer or request.query.get("access_token"))
            if ticket is None:
                raise ApiError(401)
            wait_s = self._rates.wait_s()
            if wait_s > 0:
                return self._rates.refusal(wait_s)
            if request.body and "content-type" not in request.headers:
                raise ApiError(415)
            scopes = ticket.scope.split()
            if request.method != "GET":
                raise ApiError(405 if WRITE in scopes else 403)
            if READ not in scopes:
                raise ApiError(403)
            return json_response(self._get(path.strip("/").split("/"), request.query))
        except ApiError as error:
            return error_response(error.status, self._switches, str(error))

    def _get(self, parts: list[str], query: Mapping[str, str]) -> object:
        match parts:
            case ["my", "userinfo"]:
                return self._userinfo()
            case ["my", "activities"]:
                return [summary(row.record) for row in self._store.live()]
            case ["my", "activities", "search"]:
                return [summary(row.record) for row in self._page(query)]
            case ["my", "activities", "search", "ids"]:
                found = [activity_id(row.record) for row in self._page(query)]
                return [known for known in found if known is not None]
            case ["my", "activities", "search", "briefs"]:
                return [brief(row.record) for row in self._page(query)]
            case ["my", "activities", "search", "extended"] if self._switches.extended_form:
                return [extended(row.record, self._seed, self._switches) for row in self._page(query)]
            case ["my", "activities", known]:
                return detail(self._one(known).record, self._seed, self._switches)
            case ["my", "activities", known, "splits", "km" | "mi" as unit]:
                return self._splits(known, unit)
            case _:
                raise ApiError(404)

    def _one(self, text: str) -> Row:
        row = self._store.find(int(text)) if text.isascii() and text.isdigit() else None
        if row is None or (row.deleted and self._switches.deleted_detail == "404"):
            raise ApiError(404)
        return row

    def _splits(self, known: str, unit: str) -> object:
        record = with_recording(self._one(known).record, self._seed)
        in_unit = self._switches.split_speed_unit == "unit"
        rows = splits(record, cast("Literal['km', 'mi']", unit), in_unit)
        if not rows and self._switches.splits_without_details != "empty":
            raise ApiError(int(self._switches.splits_without_details))
        return rows

    def _page(self, query: Mapping[str, str]) -> Sequence[Row]:
        """The rows one list call answers: filtered by change time, newest start first, cut to the page."""
        rows = self._changed_since(query)
        count, page = _whole(query, "count"), _whole(query, "page")
        if count is None and page is None:
            return rows
        size = self._switches.default_count if count is None else count
        if self._switches.largest_page is not None:
            size = min(size, self._switches.largest_page)
        first = (page or 0) * size
        return rows[first : first + size]

    def _changed_since(self, query: Mapping[str, str]) -> Sequence[Row]:
        bounds: list[float] = []
        if "fromDateUTC" in query:
            bounds.append(_seconds(query, "fromDateUTC"))
        if "fromDate" in query:
            # The caller's wall clock read as though it were UTC.
            bounds.append(_seconds(query, "fromDate") - self._offset_minutes() * 60)
        if not bounds:
            return self._store.live()
        bound, exclusive = max(bounds), self._switches.bound == "exclusive"
        by_sync = self._switches.filter_column == "syncDateTimeUTC"
        found: list[Row] = []
        for row in self._store.live():
            moment = row.synced if by_sync else row.updated
            if moment is not None and (moment > bound or (moment == bound and not exclusive)):
                found.append(row)
        return found

    def _offset_minutes(self) -> int:
        if self._switches.time_zone_offset_minutes is not None:
            return self._switches.time_zone_offset_minutes
        start = next((s for row in self._store.live() if (s := start_of(row.record))), None)
        offset = start.utcoffset() if start else None
        return int((offset or timedelta()).total_seconds() // 60)

    def _userinfo(self) -> dict[str, object]:
        starts = (start_of(row.record) for row in self._store.live())
        last = next((start for start in starts if start is not None), None)
        return {
            "id": 90210 + self._seed,
            "userName": "sample_runner",
            "firstName": "Sam",
            "lastName": "Runner",
            "unitDistance": "k",
            "timeZoneOffsetMinutes": self._offset_minutes(),
            "dateTimeUTCOfLastRun": utc_text(last) if last else None,
            "registrationDateUTC": "2015-01-01T18:20:44.123",
            "proBadgeDateUTC": None,
        }

    def _token_status(self, method: str, token: str) -> Response:
        if method == "DELETE":
            if not self._office.revoke(token):
                raise ApiError(404)
            return json_response({})
        if method != "GET":
            raise ApiError(405)
        return json_response({"expires_in": self._office.seconds_left(token)})


def error_response(status: int, switches: Switches, why: str = "") -> Response:
    """An API error with the body the switch asks for: empty, JSON or HTML."""
    error, text = _REASONS.get(status, ("error", "The request failed"))
    text = why or text
    if switches.error_body == "json":
        return json_response({"error": error, "error_description": text}, status)
    if switches.error_body == "html":
        page = f"<html><body><h1>{status}</h1><p>{text}</p></body></html>"
        return typed_response(status, page.encode(), HTML_TYPE)
    return typed_response(status)


def _whole(query: Mapping[str, str], key: str) -> int | None:
    if key not in query:
        return None
    text = query[key].strip()
    if not (text.isascii() and text.isdigit()) or (key == "count" and int(text) == 0):
        raise ApiError(400, f"{key} is not a whole number")
    return int(text)


def _seconds(query: Mapping[str, str], key: str) -> float:
    try:
        value = float(query[key])
    except ValueError as error:
        raise ApiError(400, f"{key} is not a number of seconds") from error
    if not math.isfinite(value):
        raise ApiError(400, f"{key} is not a number of seconds")
    return value
