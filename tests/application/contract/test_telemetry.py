"""The names under which functions report."""

from __future__ import annotations

from myrunstreak.contract import telemetry


def test_every_service_is_in_the_list() -> None:
    """What a service logs at DEBUG is let through by its name; one that is not listed would be silent there."""
    named = {value for name, value in vars(telemetry).items() if name.endswith("SERVICE")}
    assert named == set(telemetry.SERVICES)
