"""The whole product on this machine: a simulated Smashrun, OAuth, the sync, and what the runner then knows.

`make run` starts it. Settings of the environment and of `.env` are left aside on purpose: the demo talks to
loopback only, and only to the Smashrun that it has started itself.
"""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import ReauthorisationRequired
from myrunstreak.instants import Clock, utc_now
from myrunstreak.smashrun.client import SmashrunClient
from myrunstreak.smashrun.limiter import RequestLimiter
from myrunstreak.smashrun.oauth import SmashrunOAuth
from myrunstreak.sync_state import SyncStateManager
from myrunstreak.tokens import TokenManager
from pydantic import SecretStr
from rich.console import Console

from scripts.consent.authorisation import authorise, store
from scripts.demo.data import (
    DATABASE,
    STATE,
    TOKENS,
    DataSet,
    load_data_set,
    make_room,
    read_note,
    write_note,
)
from scripts.demo.summary import DemoRun, show_opening, show_step, show_summary
from scripts.display.progress import SyncProgress
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_IN_PART,
    EXIT_USAGE,
    exit_code_of,
    standard_error,
    standard_output,
)
from scripts.simulator import Simulator, approve

FOLDER: Final = Path("data")
# Enough to show laps, splits and recordings; the whole backlog would take days within Smashrun's limits.
DETAILS: Final = 40
# Longer than this the demo does not wait for anything.
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    data: Path | None = None
    seed: int = 1
    debug: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, no usage block in front of it."""
        self.exit(EXIT_USAGE, f"demo: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the exit code."""
    options = _parse(arguments)
    # Loopback is this machine: a proxy in between would lead away from it.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost,::1"
    stopped = "Stopped. Nothing is lost: `make run` goes on from here."
    return exit_code_of(
        lambda: run_demo(FOLDER, options, standard_output(), standard_error()),
        debug=options.debug,
        interrupted=stopped,
    )


def run_demo(
    folder: Path,
    options: Options,
    out: Console,
    watched: Console,
    clock: Clock = utc_now,
    port: int = 0,
) -> int:
    """One demo in a folder; the exit code.

    Args:
        port: of the simulated Smashrun; 0 takes a free one.

    Raises:
        InvalidSettings: the data cannot be read, or the folder holds a real runner's record.
    """
    now = clock()
    data_set = load_data_set(options.data, options.seed, folder, now)
    simulator = Simulator(data_set.history, seed=options.seed, port=port)
    moved = make_room(folder, data_set, simulator.client_id, now)
    first = not (folder / DATABASE).exists()
    changed = not first and read_note(folder).get("digest") != data_set.digest
    with simulator:
        settings = demo_settings(simulator, folder)
        show_opening(out, data_set, settings, moved)
        renewed = _ensure_tokens(settings, simulator)
        show_step(
            out,
            "Authorised by OAuth: consent page, code, tokens"
            if renewed
            else "The tokens of the last time still work",
        )
        result = _sync(settings, data_set, watched, clock, full=changed)
        write_note(folder, data_set)
        again = f"make run DATA={shlex.quote(str(options.data))}" if options.data else "make run"
        show_summary(out, settings, result, DemoRun(first, changed, clock(), again))
    return EXIT_DONE if result.status == "complete" else EXIT_IN_PART


def demo_settings(simulator: Simulator, folder: Path) -> Settings:
    """Settings that lead to this simulator and this folder, whatever the environment says."""
    return Settings(
        smashrun_client_id=simulator.client_id,
        smashrun_client_secret=SecretStr(simulator.client_secret),
        smashrun_redirect_uri=f"http://127.0.0.1:{_free_port()}/callback",
        smashrun_api_url=simulator.api_url,
        smashrun_authorize_url=simulator.authorize_url,
        smashrun_token_url=simulator.token_url,
        duckdb_path=str(folder / DATABASE),
        tokens_secret=f"file:{folder / TOKENS}",
        sync_state_secret=f"file:{folder / STATE}",
        detail_requests_per_sync=DETAILS,
    )


def _ensure_tokens(settings: Settings, simulator: Simulator) -> bool:
    """Have tokens that the simulator accepts; whether that took a new authorisation."""
    oauth = SmashrunOAuth.from_settings(settings)
    tokens = TokenManager(settings.tokens_secret, oauth)
    try:
        SmashrunClient(simulator.api_url, tokens, RequestLimiter()).userinfo()
    except ReauthorisationRequired:
        fresh = authorise(settings, oauth, _play_the_runner, say=lambda _: None, timeout_s=_PATIENCE_S)
        store(fresh, tokens, oauth)
        return True
    return False


def _play_the_runner(url: str) -> None:
    """Press Allow on the consent page and follow the redirect, as the runner's browser would."""
    # No proxy: both pages are on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(approve(url), timeout=_PATIENCE_S):
        pass


def _sync(settings: Settings, data_set: DataSet, watched: Console, clock: Clock, *, full: bool) -> SyncResult:
    # This simulator has just been started and has counted nothing yet: neither has the sync, then.
    SyncStateManager(settings.sync_state_secret).update(
        lambda state: state.model_copy(update={"request_window": {}})
    )
    with (
        SyncProgress(watched, expected_runs=len(data_set.history)) as progress,
        open_services(
            settings, clock=clock, sleep=progress.sleep, seconds_left=lambda: _PATIENCE_S
        ) as services,
    ):
        return services.sync(SyncEvent(full=full), progress)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _parse(arguments: Sequence[str] | None) -> Options:
    parser = _Parser(prog="demo", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--data", type=Path, metavar="FILE", help="a JSON array of activities, plain or gzipped"
    )
    parser.add_argument("--seed", type=int, default=1, help="which invented runner (default 1)")
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    chosen = parser.parse_args(arguments)
    return Options(chosen.data, chosen.seed, chosen.debug)


if __name__ == "__main__":
    sys.exit(main())
