"""A Pulumi that hangs, played by a stand-in: the live test's own guard needs neither an account nor the CLI."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest
from pulumi import automation

from tests.whole.live.limited import LimitedPulumi, TookTooLong
from tests.whole.live.stack import LiveStack

# At `up` two processes, deaf to Ctrl-C, hold a lock on a file while they live; the stack is locked until `cancel`.
STAND_IN = """#!{python} -IS
import fcntl, os, pathlib, signal, sys, time
here = pathlib.Path(__file__).parent
if "version" in sys.argv:
    print("v3.272.0")
elif "up" in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = open(here / "alive", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.fork()
    print("Updating (live-1)", flush=True)
    time.sleep(60)
    (here / "ended by itself").touch()
elif "cancel" in sys.argv:
    (here / "unlocked").touch()
elif "history" in sys.argv:
    print('[{{"kind": "destroy", "result": "succeeded", "message": "", "environment": {{}}, "config": {{}},'
          '"startTime": "2026-11-27T10:00:00.000Z", "version": 1}}]')
elif "destroy" in sys.argv and not (here / "unlocked").exists():
    sys.exit("error: the stack is currently locked")
"""


@pytest.fixture
def cli(tmp_path: Path) -> Path:
    """The folder of a `pulumi` that hangs in `up` and knows the other commands."""
    file = tmp_path / "cli" / "bin" / "pulumi"
    file.parent.mkdir(parents=True)
    file.write_text(STAND_IN.format(python=sys.executable))
    file.chmod(0o755)
    return file.parent


@pytest.fixture
def hanging(cli: Path, tmp_path: Path) -> LiveStack:
    """A stack under that command."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "Pulumi.yaml").write_text("name: myrunstreak\nruntime: python\n")
    command = LimitedPulumi(3, 0.1, root=str(cli.parent))
    options = automation.LocalWorkspaceOptions(pulumi_command=command)
    return LiveStack(automation.create_stack("live-1", work_dir=str(work), opts=options), None, "us-east-2")


def test_an_up_that_hangs_is_ended_with_its_children_and_says_so(
    cli: Path, hanging: LiveStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with the command, the limit and the last that was heard."""
    with pytest.raises(TookTooLong) as caught:
        hanging.up()
    message = str(caught.value)
    assert message.startswith("`pulumi up` had not ended after 3 s and was ended.")
    assert "'Updating (live-1)'" in message
    assert "\n" not in message
    assert "Updating (live-1)" in capsys.readouterr().out
    with (cli / "alive").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits until nothing of it is alive
    assert not (cli / "ended by itself").exists()
    hanging.close()  # although the killed command has left the stack locked
