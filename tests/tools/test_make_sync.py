"""`make sync STACK=mine`, with stand-ins for Pulumi's and AWS's command lines."""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.stage.paths import ROOT

PULUMI = """#!/bin/sh
case "$*" in
"stack output sync_function_name --stack mine") echo myrunstreak-mine-sync ;;
"stack output alarm_topic_arn --stack mine") echo arn:aws:sns:eu-west-1:123456789012:topic ;;
*) exit 1 ;;
esac
"""
AWS = """#!/bin/sh
for answer; do :; done
printf '%s\\n' "$AWS_REGION" "$AWS_MAX_ATTEMPTS" "$@" > "$ASKED"
echo '{"status": "complete"}' > "$answer"
echo "$FUNCTION_ERROR"
"""


@pytest.mark.parametrize(("error", "code"), [("None", 0), ("Unhandled", 2)])
def test_it_asks_the_stacks_function_once_and_shows_what_it_says(
    error: str, code: int, tmp_path: Path
) -> None:
    """In the stack's region, at the alias, with the event as typed; it fails where the function did."""
    for name, text in (("pulumi", PULUMI), ("aws", AWS)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    asked = tmp_path / "asked"
    done = subprocess.run(
        ["make", "-s", "-o", ".venv/.runtime-installed", "sync", "STACK=mine", 'EVENT={"full": true}'],
        cwd=ROOT,
        env={
            "PATH": f"{tmp_path}:{os.defpath}",
            "TMPDIR": str(tmp_path),
            "ASKED": str(asked),
            "FUNCTION_ERROR": error,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (code, '{"status": "complete"}') == (done.returncode, done.stdout.strip()), done.stderr
    region, tries, *words, answer = asked.read_text().splitlines()
    assert ("eu-west-1", "1") == (region, tries)
    given = dict(pairwise(words))
    assert ["lambda", "invoke"] == words[:2]
    assert "myrunstreak-mine-sync:live" == given["--function-name"]
    assert '{"full": true}' == given["--payload"]
    assert not Path(answer).exists()
