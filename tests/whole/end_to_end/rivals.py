"""Syncs side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable

from myrunstreak.composition import Services
from myrunstreak.contract.events import SyncResult


def together(*syncs: Callable[[Callable[[Services], None]], SyncResult]) -> list[SyncResult | Exception]:
    """Run syncs side by side; all have read the database before any of them goes on."""
    gate = threading.Barrier(len(syncs), timeout=60)
    ended: list[SyncResult | Exception] = []

    def wait(services: Services) -> None:
        services.store.connect()
        gate.wait()

    def run(sync: Callable[[Callable[[Services], None]], SyncResult]) -> None:
        try:
            ended.append(sync(wait))
        except Exception as error:
            ended.append(error)

    threads = [threading.Thread(target=run, args=(sync,)) for sync in syncs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended
