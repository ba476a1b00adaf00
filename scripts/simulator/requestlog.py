"""What was asked, when and with which result; never a token, a code or a secret."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class LoggedRequest:
    """One request as the simulator saw it."""

    method: str
    path: str  # after /v1; OAuth paths whole
    query: dict[str, str]  # secret values as ***
    status: int  # 0 when the connection was dropped before any byte
    started: datetime  # on the simulator's clock
    token: str | None  # eight hex digits that tell tokens apart
    token_in_url: bool  # the access token came in the query string, where logs and histories keep it
    faults: tuple[str, ...] = ()  # what was made to go wrong with it


class RequestLog:
    """Keeps the requests in memory and, with a path, in a file of one JSON object a line."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._requests: list[LoggedRequest] = []
        self._file = path.open("a", encoding="utf-8") if path else None

    def add(self, entry: LoggedRequest) -> None:
        """Remember one request."""
        with self._lock:
            self._requests.append(entry)
            if self._file and not self._file.closed:
                self._file.write(json.dumps(asdict(entry) | {"started": entry.started.isoformat()}) + "\n")
                self._file.flush()

    def all(self) -> list[LoggedRequest]:
        """The requests so far, oldest first."""
        with self._lock:
            return list(self._requests)

    def close(self) -> None:
        """Close the file; what is in memory stays."""
        with self._lock:
            if self._file:
                self._file.close()
