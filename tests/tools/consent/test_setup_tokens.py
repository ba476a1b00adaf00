"""The whole authorisation against the simulator, in process and as the command that people type."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import shutil
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, ReauthorisationRequired
from myrunstreak.smashrun.oauth import SmashrunOAuth
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.sync.owner import Owner
from myrunstreak.tokens import TokenManager
from typer.testing import CliRunner

from scripts.cli import app
from scripts.consent.authorisation import Authorisation, authorise, parse_pasted, store
from scripts.simulator import Fault, Simulator, approve
from tests.stage.paths import ROOT
from tests.stage.ports import free_port

SCRIPT = ROOT / "scripts" / "setup_tokens.py"


def follow(url: str) -> None:
    """What a browser does with the address that Smashrun sends it to, fragment included."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    page, _, fragment = url.partition("#")
    opener.open(page, timeout=10).close()
    if fragment:
        opener.open(urllib.request.Request(page, data=fragment.encode()), timeout=10).close()


def yes(url: str) -> None:
    """A browser whose runner agrees."""
    follow(approve(url))


class Place:
    """A simulator and the settings of its user."""

    def __init__(self, sim: Simulator, folder: Path) -> None:
        self.sim = sim
        self.file = folder / "data" / "tokens.json"
        self.env = {
            "SMASHRUN_API_URL": sim.api_url,
            "SMASHRUN_AUTHORIZE_URL": sim.authorize_url,
            "SMASHRUN_TOKEN_URL": sim.token_url,
            "SMASHRUN_CLIENT_ID": sim.client_id,
            "SMASHRUN_CLIENT_SECRET": sim.client_secret,
            "SMASHRUN_REDIRECT_URI": f"http://localhost:{free_port()}/callback",
            "TOKENS_SECRET": f"file:{self.file}",
        }
        self.settings = Settings.from_env(self.env)
        self.oauth = SmashrunOAuth.from_settings(self.settings)

    def authorise(self, browser: Callable[[str], object] = yes, **options: Any) -> Authorisation:
        """In process, with nothing said aloud."""
        return authorise(
            self.settings, self.oauth, browser, **{"say": lambda _: None, "timeout_s": 20.0} | options
        )

    def command(self, *args: str, answer: str | None = None) -> subprocess.CompletedProcess[str]:
        """The command as typed, from an empty folder; `answer` is typed into its terminal."""
        env = {
            k: v for k, v in os.environ.items() if not k.startswith(("SMASHRUN", "AWS", "TOKENS"))
        } | self.env
        self.file.parent.mkdir(exist_ok=True, parents=True)
        return subprocess.run(
            [sys.executable, str(SCRIPT), *args],
            env=env,
            cwd=self.file.parent,
            capture_output=True,
            text=True,
            timeout=60,
            input=answer,
            check=False,
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A running simulator and settings for it."""
    with Simulator() as sim:
        yield Place(sim, tmp_path)


def test_the_code_flow_ends_with_tokens_that_work_and_renew(place: Place) -> None:
    """Consent, exchange, check, store."""
    authorisation = place.authorise()
    assert authorisation.runner.display_name == "Sam Runner"
    tokens = TokenManager(place.settings.tokens_secret, place.oauth)
    store(authorisation, tokens, place.oauth)
    stored = json.loads(place.file.read_text())
    assert {
        "access_token",
        "refresh_token",
        "expires_at",
        "obtained_at",
        "token_type",
        "scope",
        "client_id",
        "client_secret",
    } == set(stored)
    assert stored["client_secret"] == place.sim.client_secret
    # Without id and secret in the settings, as in a deployment.
    unregistered = SmashrunOAuth(None, None, place.sim.token_url)
    later = TokenManager(place.settings.tokens_secret, unregistered)
    assert later.force_refresh(stored["access_token"]) != stored["access_token"]


def test_the_user_level_flow_stores_a_token_without_renewal(place: Place) -> None:
    """The fragment comes through the page; the end is known; the registered client stays for later."""
    store(place.authorise(), TokenManager(place.settings.tokens_secret, place.oauth), place.oauth)
    authorisation = place.authorise(user_level=True)
    manager = TokenManager(place.settings.tokens_secret, place.oauth)
    store(authorisation, manager, place.oauth)
    status = manager.status()
    assert status.can_refresh is False
    assert status.days_left is not None
    assert 59 < status.days_left <= 60
    stored = json.loads(place.file.read_text())
    assert stored["refresh_token"] is None
    assert stored["client_secret"] == place.sim.client_secret
    assert manager.get_valid_access_token() == authorisation.tokens.access_token.get_secret_value()


def test_an_answer_with_a_wrong_state_is_refused(place: Place) -> None:
    """It comes from elsewhere; the wait goes on until the time is up."""

    def forged(url: str) -> None:
        target = re.sub(r"state=[^&#]+", "state=forged", approve(url))
        with pytest.raises(urllib.error.HTTPError):
            follow(target)

    with pytest.raises(ReauthorisationRequired, match="wrong state"):
        place.authorise(forged, timeout_s=0.2)


def test_a_runner_who_says_no_is_heard(place: Place) -> None:
    """At once, with Smashrun's word for it."""
    with pytest.raises(ReauthorisationRequired, match="access_denied"):
        place.authorise(lambda url: follow(approve(url, allow=False)))


def test_a_browser_that_does_not_open_does_not_matter(place: Place) -> None:
    """The address is printed, and opened on another machine."""
    said, answered = list[str](), list[str]()

    def elsewhere(url: str) -> None:
        yes(url)
        answered.append(url)

    browsers: list[threading.Thread] = []

    def broken(url: str) -> None:
        browsers.append(threading.Thread(target=elsewhere, args=(url,)))
        browsers[0].start()
        raise OSError("no display")

    assert place.authorise(broken, say=said.append).runner.user_name == "sample_runner"
    browsers[0].join()
    assert [said[0]] == answered
    assert said[0].startswith(place.sim.authorize_url)
    assert "open the address" in said[1]


def test_a_pasted_address_does_without_a_server(place: Place) -> None:
    """The whole address, for both flows."""
    for user_level in (False, True):
        opened: list[str] = []
        authorisation = place.authorise(
            opened.append, paste=lambda seen=opened: approve(seen[0]), user_level=user_level
        )
        assert authorisation.user_level is user_level


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/callback?code=c&state=other",
        "http://localhost:8000/callback?code=c",
        "http://localhost:8000/callback?state=s",
        "http://localhost:8000/callback",
        "",
        "   ",
    ],
)
def test_a_pasted_text_of_no_use_is_refused(text: str) -> None:
    """Foreign, incomplete or empty."""
    with pytest.raises(ReauthorisationRequired):
        parse_pasted(text, "s", "code")


@pytest.mark.parametrize(
    "text", ["c+1", " http://localhost:8000/callback?code=c+1&state=s\n", "code=c+1&state=s"]
)
def test_a_pasted_code_is_understood(text: str) -> None:
    """Bare, or inside its address."""
    assert parse_pasted(text, "s", "code").fields["code"] == "c+1"


def test_a_token_that_smashrun_does_not_accept_is_not_stored(place: Place) -> None:
    """The check comes before the store."""
    place.sim.inject(Fault.status(401, path="/my/userinfo", times=None))
    with pytest.raises(ReauthorisationRequired, match="nothing was stored"):
        place.authorise()
    assert not place.file.exists()


def test_without_a_client_the_settings_are_named(place: Place) -> None:
    """Before a browser is opened."""
    place.oauth = SmashrunOAuth(None, None, place.sim.token_url, place.sim.authorize_url)
    with pytest.raises(InvalidSettings, match="SMASHRUN_CLIENT_ID"):
        place.authorise(lambda _: pytest.fail("no browser"))


@pytest.mark.parametrize(
    ("secret", "command"),
    [("file:tokens.json", "myrunstreak sync"), ("myrunstreak/mine/next", "make sync STACK=<stack>")],
)
def test_the_next_step_syncs_what_the_tokens_are_for(
    secret: str, command: str, place: Place, aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A stack's tokens are its function's: a sync of this machine would fill another record."""
    monkeypatch.chdir(tmp_path)
    if not secret.startswith("file:"):
        boto3.client("secretsmanager", region_name=aws).create_secret(Name=secret)
    store(place.authorise(), TokenManager(secret, place.oauth, aws), place.oauth)
    for name, value in (place.env | {"TOKENS_SECRET": secret, "AWS_REGION": aws}).items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["auth", "--check"])
    assert 0 == done.exit_code, done.stderr
    assert f"Next: `{command}`." in " ".join(done.stdout.split())


def test_no_secret_is_logged_on_the_way(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Not even by the libraries below, at DEBUG."""
    caplog.set_level(logging.DEBUG)
    authorisation = place.authorise()
    store(authorisation, TokenManager(place.settings.tokens_secret, place.oauth), place.oauth)
    stored = json.loads(place.file.read_text())
    shown = caplog.text + repr(authorisation) + repr(place.oauth)
    assert not any(stored[name] in shown for name in ("access_token", "refresh_token", "client_secret"))


def test_the_command_authorises_with_a_pasted_address(place: Place) -> None:
    """As typed in a terminal: the address is printed, the paste is read, secrets are not shown."""
    out = run_in_terminal(place, "--paste", "--no-browser", answer=approve)
    assert "Sam Runner" in out
    stored = json.loads(place.file.read_text())
    assert not any(stored[name] in out for name in ("access_token", "refresh_token", "client_secret"))
    shown = place.command("--check")
    assert shown.returncode == 0
    assert "in 84 days" in shown.stdout
    facts = json.loads(place.command("--check", "--json").stdout)
    assert facts["can_refresh"] is True
    assert not any(
        stored[name] in shown.stdout + json.dumps(facts) for name in ("access_token", "client_secret")
    )


@pytest.mark.parametrize("lost", ["", "runs.duckdb", "raw"])
def test_the_tokens_of_another_runner_are_not_stored(place: Place, lost: str) -> None:
    """Database or archive hold another user's runs: one line names both users, and no token is written."""
    folder = place.file.parent
    settings = Settings.from_env(place.env | {"DUCKDB_PATH": str(folder / "runs.duckdb")})
    other = Owner("777", "Another Runner")
    manager = DuckDBManager(settings.duckdb_path)
    manager.claim(settings.source_name, other)
    manager.publish()
    RawArchive(open_blobs(settings.archive, ""), settings.source_name, manager.work).note_owner(other)
    manager.close()
    if lost == "raw":
        shutil.rmtree(folder / lost)
    elif lost:
        (folder / lost).unlink()
    place.env["DUCKDB_PATH"] = settings.duckdb_path
    out = run_in_terminal(place, "--paste", "--no-browser", answer=approve, code=2)
    assert "Another Runner (Smashrun user 777)" in out
    assert "Sam Runner (Smashrun user" in out
    assert not place.file.exists()


def run_in_terminal(place: Place, *args: str, answer: Callable[[str], str], code: int = 0) -> str:
    """Run the command on a pseudo terminal; answer its prompt with what the printed address leads to."""
    primary, secondary = pty.openpty()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SMASHRUN", "AWS", "TOKENS"))} | place.env
    place.file.parent.mkdir(exist_ok=True, parents=True)
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), *args],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        env=env | {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "80"},
        cwd=place.file.parent,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(secondary)
    seen, answered = "", False
    while True:
        try:
            piece = os.read(primary, 4096).decode(errors="replace")
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if not answered and "Paste" in seen and seen.rstrip().endswith(":"):
            url = re.search(r"http\S+authenticate\S+", seen)
            assert url is not None
            os.write(primary, answer(url[0]).encode() + b"\n")
            answered = True
    assert process.wait(30) == code, seen
    os.close(primary)
    return seen


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_the_command_says_when_there_is_nothing(place: Place) -> None:
    """Exit code 3, and what to do."""
    shown = place.command("--check")
    assert shown.returncode == 3
    assert "myrunstreak auth`" in shown.stdout


def test_files_that_others_can_read_are_mended_and_said(place: Place) -> None:
    """Tokens, sync state, keys, and a `.env` with the client's secret: `--check` tells what was wrong, once."""
    TokenManager(f"file:{place.file}", None).initialize_tokens(
        "an-access-token", "a-refresh-token", 7_000_000
    )
    folder = place.file.parent
    files = {
        "TOKENS_SECRET": place.file,
        "SYNC_STATE_SECRET": folder / "state.json",
        "API_KEYS": folder / "keys.json",
    }
    for name, file in files.items():
        place.env[name] = f"file:{file}"
        if not file.exists():
            file.write_text("{}")
        file.chmod(0o644)
    dotenv = folder / ".env"
    dotenv.write_text("SMASHRUN_CLIENT_SECRET=planted\n")
    dotenv.chmod(0o644)
    first, second = place.command("--check"), place.command("--check")
    assert (0, 0) == (first.returncode, second.returncode), first.stderr
    for file in (*files.values(), dotenv):
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
        assert f"{file} could be read by others (mode 0644); mended" in first.stderr
    assert "readable by you only" in first.stdout
    assert "" == second.stderr


def test_wrong_usage_and_wrong_settings_exit_with_2(place: Place) -> None:
    """One line, no stack trace."""
    assert place.command("--nonsense").returncode == 2
    place.env["SMASHRUN_TOKEN_URL"] = "http://example.test/plain"
    shown = place.command("--check")
    assert shown.returncode == 2
    assert "SMASHRUN_TOKEN_URL" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_without_a_terminal_and_a_client_nobody_is_asked(place: Place) -> None:
    """A script gets a clear line instead of a prompt that hangs."""
    del place.env["SMASHRUN_CLIENT_SECRET"]
    shown = place.command("--no-browser", answer="")
    assert shown.returncode == 2
    assert "SMASHRUN_CLIENT_SECRET" in shown.stderr


def test_no_option_takes_a_secret(place: Place) -> None:
    """Command lines can be read by other users of the machine."""
    text = place.command("--help").stdout
    assert not re.search(r"--(client|secret|token|code)", text)
