"""The club's own paths of the API, for its members: the board, and what the one who asks shares."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from pydantic import ValidationError

from myrunstreak.api import problems
from myrunstreak.api.door import Door
from myrunstreak.api.paths import VERSION
from myrunstreak.api.problems import Problem
from myrunstreak.api.reply import Reply, tagged
from myrunstreak.api.representation import represent
from myrunstreak.api.request import Request
from myrunstreak.club.members import read_sharing, write_sharing
from myrunstreak.club.queues import Outgoing, Queue
from myrunstreak.club.registry import Registry
from myrunstreak.club.standings import standings
from myrunstreak.contract.club import BOARD_NAME
from myrunstreak.contract.club_board import Board
from myrunstreak.contract.club_events import LakeUpdate
from myrunstreak.contract.club_sharing import SharingChoice
from myrunstreak.instants import Clock, to_text
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.blobs.remembered import RememberedObjects

BOARD: Final = f"{VERSION}/club/board"
SHARING: Final = f"{VERSION}/club/sharing"
_METHODS: Final = {BOARD: ("GET", "HEAD"), SHARING: ("GET", "HEAD", "PUT")}


class Club:
    """What the paths of all members have in common.

    Args:
        registry: who is in the club.
        folder: what is the club's own.
        lake: told when a member changes what they share; None: the board follows at the next sync.
    """

    def __init__(self, registry: Registry, folder: Blobs, lake: Queue | None, clock: Clock) -> None:
        self.registry = registry
        self.lake = lake
        self._objects = RememberedObjects(folder)
        self._clock = clock

    def board(self) -> dict[str, Any]:
        """The board as members see it.

        Raises:
            Problem: 503, there is none yet, or it cannot be read.
        """
        found = self._objects.read(BOARD_NAME)
        if found is None:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "There is no board yet: it is made after the first syncs."
            )
        try:
            board = Board.model_validate_json(found.content)
        except ValidationError:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The board cannot be read at present.") from None
        on_it = standings(board, self.registry.runners(), self._clock())
        items = [one.facts() for one in on_it]
        return {"made_at": to_text(board.made_at), "minimum": board.minimum, "items": items}


class ClubPaths:
    """The club's paths for one member.

    Args:
        record: the member's own.
    """

    def __init__(self, club: Club, runner_id: str, record: Blobs) -> None:
        self._club = club
        self._runner_id = runner_id
        self._record = record

    def answers(self, path: str) -> bool:
        return path in _METHODS

    def reply(self, request: Request, door: Door) -> Reply:
        accepted = _METHODS[request.path]
        if request.method == "PUT" and "PUT" in accepted:
            door.require_to_change(request)
        else:
            door.require(request)
        if request.method not in accepted:
            allowed = ", ".join(accepted)
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"Accepted here: {allowed}.", {"Allow": allowed})
        if request.parameters:
            raise problems.unknown_parameters([name for name, _ in request.parameters], [])
        if request.path == BOARD:
            answer = self._club.board()
        elif request.method == "PUT":
            answer = self._share(request.body)
        else:
            answer = SharingChoice(sharing=read_sharing(self._record)).model_dump()
        written = represent(answer, listed=None, as_csv=False, path=request.path, parameters={})
        return tagged(written, request, request.path)

    def _share(self, body: str) -> dict[str, Any]:
        try:
            given: Any = json.loads(body)
            choice = SharingChoice.model_validate({"sharing": given["sharing"]})
        except (ValueError, RecursionError, TypeError, KeyError):
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                'The body is no choice; accepted: {"sharing": "none"}, "days" or "distances".',
            ) from None
        write_sharing(self._record, choice.sharing)
        if self._club.lake is not None:
            self._club.lake.send([Outgoing(LakeUpdate(runner=self._runner_id))])
        return choice.model_dump()
