"""How soon the number of the page is seen: a real Chromium on a slow phone with a slow network.

400 kbit/s, 400 ms of latency and a quarter of the processor; beside the same without any limit. The record is the one
that `make run` has left.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path
from typing import Any, Final

from myrunstreak.contract.settings import Settings
from playwright.sync_api import Browser, sync_playwright

from scripts.commands.serve import make_server

_ROUNDS: Final = 5
_GOAL_MS: Final = 1500
_RECORD: Final = Path("data") / "runs.duckdb"
_SLOW: Final = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
_PAINTED: Final = """
new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
  .observe({ type: "largest-contentful-paint", buffered: true }))
"""


def measure(browser: Browser, address: str, *, is_slow: bool) -> float:
    """Milliseconds until the largest thing on the screen, the number, is painted."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    page = context.new_page()
    client: Any = context.new_cdp_session(page)
    if is_slow:
        client.send("Network.enable")
        client.send("Network.emulateNetworkConditions", _SLOW)
        client.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(f"{address}/", wait_until="load")
    painted = float(page.evaluate(_PAINTED))
    context.close()
    return painted


def main() -> None:
    """Print the medians and their range."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None or not _RECORD.exists():
        sys.exit("first sight: not measured; it takes a Chromium, and the record that `make run` leaves.")
    with sync_playwright() as playwright, make_server(Settings(duckdb_path=str(_RECORD)), 0) as server:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        measure(browser, server.address, is_slow=False)  # not counted: the first answer waits for the API
        for name, is_slow in (("slow phone, slow network", True), ("no limit", False)):
            times = [measure(browser, server.address, is_slow=is_slow) for _ in range(_ROUNDS)]
            goal = f" (goal {_GOAL_MS})" if is_slow else ""
            print(
                f"first sight of the number, {name}: {statistics.median(times):.0f} ms "
                f"({min(times):.0f}-{max(times):.0f} of {_ROUNDS}){goal}"
            )
        browser.close()


if __name__ == "__main__":
    main()
