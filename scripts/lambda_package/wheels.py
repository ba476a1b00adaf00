"""The locked dependencies as wheels of the target, unpacked into a folder and checked.

What Lambda's Python runtime brings along (boto3 and what only it needs) stays out, even where a dependency
of ours asks for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

from scripts.lambda_package.target import MANYLINUX, NEWEST_GLIBC, PackageError, Target

# jmespath is not among them: Powertools imports it itself.
FROM_THE_RUNTIME: Final = frozenset({"boto3", "botocore", "s3transfer", "python-dateutil", "six"})


@dataclass(frozen=True)
class Distribution:
    """One installed package."""

    name: str
    version: str
    files: frozenset[str]


def without_runtime_packages(requirements: str) -> tuple[str, list[str]]:
    """A hashed requirements text without what the runtime brings; and the names left out."""
    kept: list[str] = []
    dropped: list[str] = []
    for block in re.split(r"(?m)^(?=[A-Za-z0-9])", requirements):
        match = re.match(r"([A-Za-z0-9._-]+)==", block)
        name = re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""
        if name in FROM_THE_RUNTIME:
            dropped.append(name)
        else:
            kept.append(block)
    return "".join(kept), dropped


def install(requirements: Path, into: Path, target: Target) -> str:
    """Unpack the wheels of a hashed requirements file; the name of the tool that did.

    Raises:
        PackageError: a wheel is missing for the target, or a hash is wrong.
    """
    uv = _find_uv()
    tool, command = ("uv", _uv_command(uv, target)) if uv else ("pip", _pip_command(requirements, target))
    done = subprocess.run(
        [*command, "--target", str(into), "-r", str(requirements)],
        capture_output=True,
        text=True,
        check=False,
        # Names of what is installed must not depend on what this project is set up with.
        env={name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}},
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise PackageError(
            f"{tool} found no fitting wheels for {target.runtime} on {target.architecture}:\n  "
            + "\n  ".join(lines[-8:])
        )
    return tool


def _find_uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return shutil.which("uv") or (str(beside) if beside.is_file() else None)


def _uv_command(uv: str, target: Target) -> list[str]:
    return [
        *(uv, "pip", "install", "-q", "--no-config", "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:", "--python", sys.executable, "--python-version", target.python),
        *("--python-platform", f"{target.machine}-{MANYLINUX}"),
    ]


def _pip_command(requirements: Path, target: Target) -> list[str]:
    if re.search(r"(?m)^[A-Za-z0-9][^#\n]*;", requirements.read_text(encoding="utf-8")):
        # pip judges markers by the Python it runs in, not by the one it installs for.
        raise PackageError("A locked requirement has a marker, which pip cannot judge here: install uv.")
    platforms = [f"manylinux_2_{minor}_{target.machine}" for minor in range(NEWEST_GLIBC[1], 16, -1)]
    platforms.append(f"manylinux2014_{target.machine}")
    return [
        *(sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"),
        *("--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--implementation", "cp", "--python-version", target.python),
        *(f"--platform={platform}" for platform in platforms),
    ]


def installed(folder: Path) -> list[Distribution]:
    """What lies in an installation folder, by each package's own record."""
    found: list[Distribution] = []
    for info in sorted(folder.glob("*.dist-info")):
        headers = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"), headersonly=True)
        record = (info / "RECORD").read_text(encoding="utf-8").splitlines()
        files = frozenset(line.rsplit(",", 2)[0].strip('"') for line in record if line)
        found.append(Distribution(headers["Name"], headers["Version"], files))
    return found


def check_tags(folder: Path, target: Target) -> None:
    """Refuse a wheel that was made for something else.

    Raises:
        PackageError: none of a wheel's tags fits the target.
    """
    for info in sorted(folder.glob("*.dist-info")):
        headers = HeaderParser().parsestr((info / "WHEEL").read_text(encoding="utf-8"))
        tags: list[str] = headers.get_all("Tag") or []
        if not any(target.accepts_tag(tag) for tag in tags):
            raise PackageError(
                f"{info.name.removesuffix('.dist-info')} is a wheel for {', '.join(tags) or 'nothing named'}; "
                f"the function runs {target.runtime} on {target.architecture}."
            )
