"""The command line: run a Smashrun on a port until it is stopped."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from .faults import GRAMMAR, parse_fault
from .records import Activity, load_activities
from .runner import seeded_history
from .simulator import Simulator
from .switches import Switches, parse_switch, switch_choices

_YEARS = 11


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, no usage block in front of it."""
        self.exit(2, f"simulator: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C. Returns 0 after a clean stop; bad input ends with one line and exit code 2."""
    parser = _arguments()
    chosen = parser.parse_args(arguments)
    try:
        changes: dict[str, Any] = dict(parse_switch(text) for text in chosen.switch)
        switches = Switches(**changes)
        faults = [parse_fault(text) for text in chosen.fault]
        history = _history(chosen.data, chosen.seed, chosen.today)
        sim = Simulator(history, switches, seed=chosen.seed, log=chosen.log, port=chosen.port)
        for fault in faults:
            sim.inject(fault)
        sim.start()
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        where = f" {error.filename}" if error.filename else f" port {chosen.port}"
        parser.error(f"{error.strerror or error}:{where}")
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    _introduce(sim, len(history))
    stop.wait()
    sim.stop()
    print("stopped", flush=True)
    for failure in sim.failures:
        print(f"simulator: {type(failure).__name__}: {failure}", file=sys.stderr)
    return 1 if sim.failures else 0


def _arguments() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:<26} {accepted}" for name, accepted in switch_choices().items())
    parser = _Parser(
        prog="simulator",
        description="A Smashrun on this machine: real HTTP on 127.0.0.1, an invented runner, no account.",
        epilog=f"{GRAMMAR}\n\nswitches: NAME=VALUE, the default in brackets\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="which invented runner (default 1)")
    parser.add_argument(
        "--today",
        type=_day,
        metavar="YYYY-MM-DD",
        help="the history ends the day before (default: now)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="FILE", help="a JSON array of activities instead, plain or gzipped"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="append one JSON object a request")
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="change a behaviour, see below"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="FAULT", help="make something go wrong, see below"
    )
    return parser


def _history(data: Path | None, seed: int, today: date | None) -> list[Activity]:
    if data is None:
        return seeded_history(seed, today or datetime.now(UTC), _YEARS)
    if today is not None:
        raise ValueError("--today belongs to the invented history and cannot be used with --data")
    return load_activities(data)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-23") from error
    if day.year <= _YEARS:
        raise argparse.ArgumentTypeError(f"{text!r} leaves no room for {_YEARS} years before it")
    return day


def _introduce(sim: Simulator, runs: int) -> None:
    lines = (
        f"Simulated Smashrun with {runs} runs. Stop it with Ctrl-C.",
        f"SMASHRUN_API_URL={sim.api_url}",
        f"SMASHRUN_AUTHORIZE_URL={sim.authorize_url}",
        f"SMASHRUN_TOKEN_URL={sim.token_url}",
        f"SMASHRUN_CLIENT_ID={sim.client_id}",
        f"SMASHRUN_CLIENT_SECRET={sim.client_secret}",
        "The secret is made from the seed and opens nothing but this simulator.",
    )
    print("\n".join(lines), flush=True)
