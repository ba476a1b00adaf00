"""scripts/setup_venv.sh: an environment is made where uv fails too."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.stage.paths import ROOT


def a_wheel(folder: Path) -> str:
    """A package of one module, and the line that asks for it with its hash."""
    folder.mkdir()
    file = folder / "harmless-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("harmless.py", "")
        wheel.writestr(
            "harmless-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: harmless\nVersion: 1.0\n"
        )
        wheel.writestr(
            "harmless-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("harmless-1.0.dist-info/RECORD", "")
    return f"harmless==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


def test_pip_does_what_uv_could_not(tmp_path: Path) -> None:
    """From the same file with its hashes; each step is said, and uv is told to trust this machine's certificates."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(a_wheel(tmp_path / "wheels"))
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\necho "error: UnknownIssuer, certificates: $UV_SYSTEM_CERTS" >&2\nexit 2\n')
    uv.chmod(0o755)
    done = subprocess.run(
        ["sh", "scripts/setup_venv.sh", str(requirements)],
        cwd=ROOT,
        env={
            "PATH": f"{uv.parent}:{os.defpath}",
            "HOME": str(tmp_path),
            "VENV": str(tmp_path / "venv"),
            "PYTHON": sys.executable,
            "FOREIGN": "1",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    said = done.stdout.splitlines()
    assert ["making", "installing", "done"] == [line.split()[1] for line in said]
    assert f"installing 1 packages of {requirements} with uv" in said[1]
    assert "certificates: true" in done.stderr
    assert "pip tries the same" in done.stderr
    assert [] != list((tmp_path / "venv").glob("lib/python*/site-packages/harmless.py"))


def test_an_environment_of_uvs_making_gets_pip(tmp_path: Path) -> None:
    """`uv venv` leaves it out, and `pulumi preview` ends without it: "failed to discover package requirements"."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    has_pip = [venv / "bin" / "python", "-m", "pip", "--version"]
    assert 0 != subprocess.run(has_pip, capture_output=True, check=False).returncode
    subprocess.run(
        ["sh", "scripts/setup_venv.sh"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "VENV": str(venv),
            "FOREIGN": "1",
            "PIP_NO_INDEX": "1",
        },
        capture_output=True,
        check=True,
    )
    assert 0 == subprocess.run(has_pip, capture_output=True, check=False).returncode
