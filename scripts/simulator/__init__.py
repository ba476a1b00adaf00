"""A Smashrun on your own machine: for trying MyRunStreak without an account, and for its tests.

    with Simulator(seeded_history()) as sim:
        tokens = sim.issue_tokens()
        ...  # a client of sim.api_url, sim.authorize_url, sim.token_url

`python -m scripts.simulator` runs one on a port. It speaks real HTTP on loopback, keeps Smashrun's reported
quirks, and makes things go wrong when told to (`Fault`). What is not established about Smashrun is a
switch (`Switches`).
"""

from .browser import ConsentError, approve
from .clock import Clock, FakeClock, SystemClock
from .faults import Fault
from .records import Activity, load_activities
from .requestlog import LoggedRequest
from .runner import seeded_history
from .simulator import Simulator
from .switches import Switches

__all__ = [
    "Activity",
    "Clock",
    "ConsentError",
    "FakeClock",
    "Fault",
    "LoggedRequest",
    "Simulator",
    "Switches",
    "SystemClock",
    "approve",
    "load_activities",
    "seeded_history",
]
