"""No token, client secret or code gets anywhere but into the secret itself and the request's header."""

from __future__ import annotations

import gzip
import logging
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from myrunstreak.composition import Services
from myrunstreak.errors import MyRunStreakError

from scripts.simulator import Fault, Switches
from tests.stage.handler import now
from tests.stage.history import runs
from tests.stage.kills import ROOT
from tests.stage.sync_faults import KINDS
from tests.stage.world import MakeWorld, World


def planted(world: World) -> set[str]:
    """The secrets that the world's file holds now."""
    stored = world.tokens()
    return {str(stored[name]) for name in ("access_token", "refresh_token", "client_secret")}


def files_with(folder: Path, secrets: set[str]) -> list[tuple[Path, str]]:
    """Files under a folder in which a secret can be found, compressed ones unpacked."""
    found: list[tuple[Path, str]] = []
    for file in folder.rglob("*"):
        if not file.is_file() or file.name in {"tokens.json", ".tokens.json.lock", ".tokens.json.tmp"}:
            continue
        body = file.read_bytes()
        texts = [body, gzip.decompress(body) if file.suffix == ".gz" else b""]
        found += [(file, secret) for secret in secrets if any(secret.encode() in text for text in texts)]
    return found


def test_no_secret_leaves_a_sync(
    make_world: MakeWorld, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Syncs under every fault, at DEBUG, with rotating tokens: nothing printed, logged, raised or stored tells."""
    caplog.set_level(logging.DEBUG)
    switches = Switches(largest_page=10, rate_limits=False, refresh="rotate", error_body="json")
    world = make_world(runs(25), switches)
    secrets = planted(world)
    texts: list[str] = []

    def look(services: Services) -> None:
        texts.append(
            repr(
                [
                    services,
                    services.tokens,
                    services.client,
                    services.limiter,
                    services.store,
                    services.archive,
                    services.state,
                ]
            )
        )

    for kind, make in KINDS.items():
        if kind in {"slow", "revocation"}:
            continue
        world.next_day()
        world.sim.clear_faults()
        world.sim.inject(make(path="/my/activities", at=1, times=None))
        world.sim.inject(Fault.expire_token(path="/my/activities"))
        try:
            texts.append(repr(world.sync({"full": True}, arrange=look)))
        except MyRunStreakError as error:
            chain: BaseException | None = error
            while chain:
                texts.append(repr(chain) + str(chain) + repr(vars(chain)))
                chain = chain.__cause__ or chain.__context__
        secrets |= planted(world)
    world.clean_sync()
    secrets |= planted(world)
    assert 10 < len(secrets)
    captured = capsys.readouterr()
    texts += [captured.out, captured.err, caplog.text, *map(repr, (vars(r) for r in caplog.records))]
    texts.append(world.state().model_dump_json())
    assert [] == [secret for secret in secrets for text in texts if secret in text]
    assert [] == files_with(world.folder, secrets)
    assert not any(request.token_in_url for request in world.sim.requests)
    with duckdb.connect(str(world.database_file), read_only=True) as connection:
        connection.execute(f"EXPORT DATABASE '{world.folder / 'export'}' (FORMAT csv)")
    assert [] == files_with(world.folder / "export", secrets)


@pytest.mark.parametrize("dead", [False, True])
def test_no_secret_leaves_the_handler(dead: bool, make_world: MakeWorld) -> None:
    """The function at DEBUG, refreshing or with a dead authorisation: stdout and stderr tell nothing."""
    world = make_world(runs(5), Switches(rate_limits=False, refresh="new"), now=now())
    secrets = planted(world)
    world.sim.inject((Fault.revoke_all if dead else Fault.expire_token)(path="/my/activities"))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from myrunstreak.handlers.sync import lambda_handler as f; print(f({}, None))",
        ],
        env=os.environ
        | world.settings.to_env()
        | {"PYTHONPATH": str(ROOT / "lambda_src"), "LOG_LEVEL": "DEBUG", "POWERTOOLS_LOG_LEVEL": "DEBUG"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert dead == bool(done.returncode), done.stderr
    assert [] == [s for s in secrets | planted(world) if s in done.stdout + done.stderr]
