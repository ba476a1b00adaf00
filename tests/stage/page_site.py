"""A record with its page, served on loopback: every request is noted, and the present is chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.page.sessions import Sessions
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.published import PublishedDatabase

from scripts.commands.serve import respond
from scripts.loopback import LoopbackServer, Request, Response
from scripts.record.page import refresh_page
from tests.stage.runs import Stored, opened


@dataclass
class Counted:
    """Starts nothing, and counts how often it was asked to."""

    starts: int = 0
    reason: str | None = None
    on_start: Callable[[], object] = lambda: None

    def start(self) -> None:
        """Count it."""
        self.starts += 1
        self.on_start()

    def failure(self) -> str | None:
        """The chosen reason."""
        return self.reason


@dataclass
class PageSite:
    """A served record.

    Attributes:
        now: the present of the server.
        asked: method and path of every request, and the status of its answer.
        is_down: whether connections are dropped.
        delay_s: how long each answer takes.
    """

    settings: Settings
    now: datetime
    freshness: Freshness
    starter: Counted = field(default_factory=Counted)
    asked: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    is_down: bool = False
    delay_s: float = 0.0
    address: str = ""

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        folder = open_blobs(self.settings.sessions, "us-east-2")
        return Sessions(folder, clock=lambda: self.now, tenant=self.settings.tenant)

    def note_freshness(self, data_as_of: datetime) -> None:
        """What a complete sync writes beside the database."""
        self.freshness = Freshness(data_as_of=data_as_of, last_success_at=data_as_of)
        note = Path(self.settings.duckdb_path).with_name("freshness.json")
        note.write_text(self.freshness.model_dump_json(), encoding="utf-8")

    def render(self) -> int:
        """Bring the page up to the record, as a sync does."""
        return refresh_page(self.settings, lambda: self.now)

    def take(self) -> list[tuple[str, str, int]]:
        """The requests since the last time."""
        taken, self.asked = self.asked, []
        return taken


def make_files(folder: Path, runs: Sequence[Stored], *, definitions: str | None = None) -> Path:
    """A folder with a published record of these runs; the database."""
    file = folder / "runs.duckdb"
    opened(runs, str(file)).close()
    if definitions:
        (folder / "streaks.toml").write_text(definitions, encoding="utf-8")
    return file


@contextmanager
def served(
    folder: Path,
    runs: Sequence[Stored],
    now: datetime,
    *,
    data_as_of: datetime | None = None,
    has_keys: bool = False,
    definitions: str | None = None,
    **choices: Any,
) -> Generator[PageSite]:
    """A record and its page, served."""
    file = make_files(folder, runs, definitions=definitions)
    keys = {"api_keys": f"file:{folder / 'keys.json'}"} if has_keys else {}
    settings = Settings(duckdb_path=str(file), **{"runner_timezone": "Europe/Amsterdam", **keys, **choices})
    site = PageSite(settings, now, Freshness())
    site.note_freshness(data_as_of or now)
    site.render()
    published = PublishedDatabase(settings)
    api = Api(
        settings,
        published,
        ApiKeys.open(settings),
        site.starter,
        clock=lambda: site.now,
        without_keys=not has_keys,
    )
    noting = threading.Lock()

    def answer(request: Request) -> Response:
        if site.is_down:
            return Response(503, delivery="drop")
        response = respond(api.answer, request)
        with noting:
            site.asked.append((request.method, request.path, response.status))
        return Response(response.status, response.body, response.headers, delay_s=site.delay_s)

    with LoopbackServer(answer) as server:
        site.address = server.address
        yield site
    published.close()
