"""`make audit` passes only where every package of every requirements file was looked up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.audit import ROOT, requirements_files

# pip-audit, in place of the real one: prints what it is told to and notes the file that it was asked about.
STAND_IN = """
import os, sys
with open(os.environ["ASKED"], "a") as asked:
    asked.write(sys.argv[-1] + "\\n")
print(os.environ["ANSWER"])
sys.stderr.write(os.environ["STDERR"])
sys.exit(int(os.environ["CODE"]))
"""
FINE = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}'
SKIPPED = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}]}'
VULNERABLE = '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}]}'


def audited(
    folder: Path, answer: str, *, code: int = 0, stderr: str = ""
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """How the audit ends where pip-audit answers so, and which files it asked about."""
    (folder / "pip_audit.py").write_text(STAND_IN)
    asked = folder / "asked"
    environment = {"ASKED": str(asked), "ANSWER": answer, "CODE": str(code), "STDERR": stderr}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.audit"],
        cwd=ROOT,
        env=os.environ | environment | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, asked.read_text().splitlines()


def test_all_files_are_audited(tmp_path: Path) -> None:
    """The program's, the Lambda's, the policies', those of tests, measurements and rehearsal."""
    done, asked = audited(tmp_path, FINE)
    assert 0 == done.returncode, done.stderr
    expected = {
        "requirements.txt",
        "tests/requirements.txt",
        *(f"scripts/bench/requirements-{side}.txt" for side in ("dlt", "frames", "runtime")),
        "scripts/engines/requirements.txt",
        "tests/whole/rehearsal/requirements.txt",
        *("lambda_src/requirements.txt", "lambda_src/requirements-lake.txt"),
        "infra/policies/requirements.txt",
    }
    assert expected == {str(Path(one).relative_to(ROOT)) for one in asked}
    assert expected == {str(one.relative_to(ROOT)) for one in requirements_files(ROOT)}


@pytest.mark.parametrize(
    ("answer", "code", "stderr", "said"),
    [
        (SKIPPED, 0, "", "1 of 2 packages were not looked up (not found)"),
        ('{"dependencies": []}', 0, "", "it found no package"),
        ("", 1, "Traceback\nConnectionError: no route", "ended with 1 (ConnectionError: no route)"),
        ("", 0, "", "no message"),
        ("[]", 0, "", "no message"),
        (FINE, 3, "", "ended with 3"),
    ],
)
def test_what_was_not_looked_up_is_no_success(
    answer: str, code: int, stderr: str, said: str, tmp_path: Path
) -> None:
    """No network, no answer, unknown packages, an empty report: one line, and the target fails."""
    done, asked = audited(tmp_path, answer, code=code, stderr=stderr)
    assert 1 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.splitlines()) == len(asked)
    assert "" == done.stdout


def test_a_vulnerability_is_named_and_fails(tmp_path: Path) -> None:
    """After all files were looked at."""
    done, asked = audited(tmp_path, VULNERABLE, code=1)
    assert 1 == done.returncode
    assert "lambda_src/requirements.txt: a 1 has PYSEC-1" in done.stderr
    assert 10 == len(asked)
