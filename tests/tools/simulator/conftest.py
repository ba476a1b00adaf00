"""A running simulator, a client that talks to it over real HTTP, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from scripts.simulator import FakeClock, Simulator, Switches

Record = dict[str, Any]


class Api:
    """A client with one keep-alive connection and one token."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.session = requests.Session()
        self.session.trust_env = False
        self.tokens = sim.issue_tokens()

    def get(self, path: str, **params: object) -> requests.Response:
        """GET below `/v1` with the token in the header."""
        return self.session.get(
            self.sim.api_url + path,
            params={key: str(value) for key, value in params.items()},
            headers={"Authorization": f"Bearer {self.tokens['access_token']}"},
            timeout=10,
        )

    def ids(self, path: str = "/my/activities/search/ids", **params: object) -> list[int]:
        """The ids of an ids list."""
        answer = self.get(path, **params)
        assert answer.status_code == 200
        return answer.json()

    def exchange(self, **form: str) -> requests.Response:
        """POST to the token endpoint with the app's own credentials, unless the form has others."""
        fields = {"client_id": self.sim.client_id, "client_secret": self.sim.client_secret, **form}
        return self.session.post(self.sim.token_url, data=fields, timeout=10)

    def refresh(self, token: str) -> requests.Response:
        """Exchange a refresh token."""
        return self.exchange(grant_type="refresh_token", refresh_token=token)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at one morning in May."""
    return FakeClock(datetime(2024, 5, 2, 6, 0, tzinfo=UTC))


@pytest.fixture
def simulate(clock: FakeClock) -> Iterator[Callable[..., Api]]:
    """Start a simulator and get a client of it: `simulate(activities, largest_page=10)`."""
    with ExitStack() as stack:

        def start(activities: list[Record] | None = None, **switches: Any) -> Api:
            sim = stack.enter_context(Simulator(activities or [], Switches(**switches), clock))
            api = Api(sim)
            stack.callback(api.session.close)
            return api

        yield start


def _run(number: int, **fields: Any) -> Record:
    """One complete run; ids and starts ascend together, one a day from 1 March 2024."""
    wall = datetime(2024, 3, 1, 7, 12) + timedelta(days=number)  # noqa: DTZ001 - wall time
    uploaded = (wall - timedelta(hours=1)).isoformat()
    return {
        "activityId": 4_100_000 + number,
        "activityType": "running",
        "duration": 1800.5,
        "distance": 5.12345,
        "calories": 350,
        "notes": "",
        "startDateTimeLocal": f"{wall.isoformat()}+02:00",
        "externalId": f"gc-{number}",
        "source": "garminpush",
        "hasDetails": 1,
        "hasDetailsGPS": 1,
        "startLatitude": 47.2,
        "startLongitude": -17.9,
        "heartRateAverage": 146,
        "elevationGain": 20,
        "elevationMin": 3,
        "city": "Port Example",
        "isCooperTest": 0,
        "syncDateTimeUTC": uploaded,
        "dateCreatedUTC": uploaded,
        "dateUpdatedUTC": uploaded,
        **fields,
    }


@pytest.fixture
def run() -> Callable[..., Record]:
    """Make one run: `run(3, calories=None)`."""
    return _run


@pytest.fixture
def history() -> list[Record]:
    """25 runs on 25 days."""
    return [_run(number) for number in range(25)]
