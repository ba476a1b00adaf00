"""The lake's function: batches of the queue and commands by hand, against the emulator."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.contract.club_board import Board
from myrunstreak.contract.telemetry import LAKE_METRICS, LAKE_SERVICE
from myrunstreak.errors import InvalidSettings
from myrunstreak.handlers.lake import lambda_handler
from myrunstreak.lake.tables import DAYS, RUNNERS, RUNS

from tests.application.lake.club import Club
from tests.stage.emulator import REGION
from tests.stage.handler import read_lines


@pytest.fixture
def deployed_club(club: Club, monkeypatch: pytest.MonkeyPatch) -> Club:
    """The club, as the function's environment names it."""
    for name, value in (club.settings.to_env() | {"AWS_REGION": REGION}).items():
        monkeypatch.setenv(name, value)
    # The logger of an earlier test writes to what was stdout then.
    for known in logging.getLogger(LAKE_SERVICE).handlers:
        if isinstance(known, logging.StreamHandler):
            known.stream = sys.stdout
    return club


def batch(*bodies: object) -> dict[str, Any]:
    """Messages of the queue, with their places for ids."""
    return {
        "Records": [
            {"messageId": str(place), "body": body if isinstance(body, str) else json.dumps(body)}
            for place, body in enumerate(bodies)
        ]
    }


def board_of(club: Club) -> list[str]:
    """Who is on the board."""
    board = Board.model_validate_json((Path(club.settings.club) / "club" / "board.json").read_bytes())
    return [row.runner_id for row in board.rows]


def test_a_batch_with_a_poisoned_record_and_odd_messages_delays_nobody(
    deployed_club: Club, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what could not be done comes again; the runner is named in the log, and by no metric."""
    club = deployed_club
    ann, bad, cyd = club.join(3), club.join(2), club.join(1, "none")
    club.spoil(bad)
    answer = lambda_handler(
        batch(
            {"runner": ann, "version": "v"},
            {"runner": bad},
            "{",
            {"runner": "../x"},
            {"runner": cyd},
            {"runner": ann},
        )
    )
    assert {"2", "3", "1"} == {item["itemIdentifier"] for item in answer["batchItemFailures"]}
    assert club.holds(ann, cyd)
    assert [ann] == board_of(club)
    printed = read_lines(capsys.readouterr().out)
    assert {metric.value for metric in LAKE_METRICS} <= printed.metrics.keys()
    assert (2, 8, 3) == tuple(
        printed.metrics[name][0] for name in ("LakeRunners", "LakeRows", "LakeFailures")
    )
    [said] = [line for line in printed.logs if line["message"] == "A runner's record cannot be read"]
    assert bad == said["runner"]
    assert not [line for line in printed.emf if bad in json.dumps(line)]

    club.publish(bad, [])
    assert {"batchItemFailures": []} == lambda_handler(batch({"runner": bad}))
    assert club.holds(ann, cyd, bad)


def test_the_commands_remove_empty_and_make_the_board(deployed_club: Club) -> None:
    """Each says what it has done."""
    club = deployed_club
    ann, bob = club.join(3), club.join(2)
    lambda_handler(batch({"runner": ann}, {"runner": bob}))
    assert {"rows_removed": {}, "on_board": 2} == lambda_handler({"board": True})
    assert {"rows_removed": {"runs": 3, "days": 3, "runners": 1}, "on_board": 1} == lambda_handler(
        {"remove": ann}
    )
    assert [bob] == board_of(club)
    lambda_handler({"rebuild": True})
    assert [] == club.lake(RUNS) == club.lake(DAYS) == club.lake(RUNNERS) == board_of(club)


@pytest.mark.parametrize("event", [None, {}, {"remove": "Ann"}, {"board": True, "rebuild": True}])
def test_a_command_that_cannot_be_understood_changes_nothing(event: Any, deployed_club: Club) -> None:
    """One line with what is accepted."""
    with pytest.raises(InvalidSettings, match="accepted: remove"):
        lambda_handler(event)
    assert [] == deployed_club.catalog.names()


def test_a_deployment_without_a_lake_says_which_variable_is_missing(
    deployed_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read."""
    monkeypatch.delenv("LAKE_TABLES")
    with pytest.raises(InvalidSettings, match="LAKE_TABLES is not set"):
        lambda_handler(batch())
