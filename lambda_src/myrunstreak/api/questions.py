"""The questions about the record: from a path and its parameters to the engine's answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.memory import Memory, RememberingDatabase
from myrunstreak.api import problems
from myrunstreak.api.problems import Problem
from myrunstreak.api.reply import Reply, tagged
from myrunstreak.api.representation import represent
from myrunstreak.api.request import FORMAT, Request
from myrunstreak.api.router import InvalidParameters
from myrunstreak.api.routes import LISTS, ROUTES, Asked
from myrunstreak.contract.settings import Settings
from myrunstreak.instants import Clock
from myrunstreak.store.blobs.port import Version
from myrunstreak.store.published import PublishedDatabase, Reading

# Lambda carries 6 MB as one JSON text with its headers.
LARGEST_ANSWER: Final = 5_500_000


class Questions:
    """Answers questions about one published record."""

    def __init__(self, settings: Settings, published: PublishedDatabase, clock: Clock) -> None:
        self._settings = settings
        self._published = published
        self._clock = clock
        self._memory: tuple[Version | None, Memory] = (None, Memory())

    def answer(self, request: Request) -> Reply:
        """The answer to one of them.

        Raises:
            Problem, MyRunStreakError: there is no such question, or it cannot be answered.
        """
        names = [name for name, _ in request.parameters]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise Problem(
                HTTPStatus.BAD_REQUEST, f"{', '.join(repeated)[:60]} is given more than once; give it once."
            )
        found = ROUTES.find(request.path)
        if found is None:
            raise problems.not_found(request.path)
        route, in_path = found
        try:
            values = route.read(in_path, dict(request.parameters))
        except InvalidParameters as invalid:
            raise problems.problem_of_parameters(invalid.problems) from None
        listed = LISTS.get(route.path)
        known = route.query + ([FORMAT] if listed else [])
        if unknown := {*names} - {*known}:
            raise problems.unknown_parameters(sorted(unknown), known)
        as_csv = listed is not None and request.asks_for_csv()
        with self._published.read() as reading:
            answer = route.function(Asked(self._open_engine(reading), as_csv), **values)
        written = represent(
            answer.model_dump(mode="json", by_alias=True),
            listed=listed,
            as_csv=as_csv,
            path=request.path,
            parameters=dict(request.parameters),
        )
        if written.travels_as > LARGEST_ANSWER:
            raise problems.too_large(written.travels_as, LARGEST_ANSWER)
        return tagged(written, request, route.template)

    def _open_engine(self, reading: Reading) -> Engine:
        version, memory = self._memory
        if version != reading.version:
            memory = Memory()
            self._memory = (reading.version, memory)
        return Engine(
            RememberingDatabase(reading.prepared, memory),
            now=self._clock(),
            settings=self._settings,
            freshness=reading.freshness,
            definitions=reading.definitions,
        )
