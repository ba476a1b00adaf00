"""What goes into the package: our code, the dependencies without ballast, bytecode; each file checked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scripts.lambda_package.target import PackageError, Target
from scripts.lambda_package.wheels import Distribution

LAMBDA_FOLDER: Final = "/var/task"
OURS: Final = "myrunstreak"

# METADATA stays: DuckDB reads its own version from it at import. Licences stay with what they license.
_BALLAST_IN_DIST_INFO: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "entry_points.txt"})
# DuckDB's imitations of other libraries' interfaces, pydantic's first version, what Powertools and the X-Ray SDK have
# for services and frameworks that are not used here, and Apprise's command, configuration files, icons and
# translations: nothing imports these unasked.
_BALLAST: Final = (
    "bin", "duckdb/experimental", "adbc_driver_duckdb", "pydantic/v1",
    *(
        f"aws_lambda_powertools/utilities/{name}"
        for name in ("batch", "data_masking", "feature_flags", "idempotency", "kafka", "parser", "streaming")
    ),
    *(f"aws_xray_sdk/ext/{name}" for name in ("aiohttp", "bottle", "django", "flask", "flask_sqlalchemy", "sqlalchemy")),
    "apprise/assets", "apprise/cli.py", "apprise/i18n", "click", "yaml", "_yaml",
)  # fmt: skip


# Sent from a few times a day, and 2 MB smaller without: half a second of compiling then costs less than what every cold
# start of the others would have to fetch.
_SOURCES_ONLY: Final = ("apprise", "markdown", "oauthlib", "requests_oauthlib")


def add_our_code(root: Path, files: Iterable[Path], into: Path) -> None:
    """Copy the sources given, which lie under ``root/lambda_src``."""
    for file in files:
        goal = into / file.relative_to(root / "lambda_src")
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, goal)


def prune(folder: Path) -> None:
    """Remove what no import ever reads: scripts, stubs, installers' notes, foreign bytecode."""
    for name in _BALLAST:
        shutil.rmtree(folder / name, ignore_errors=True)
        if (folder / name).is_file():
            (folder / name).unlink()
    (folder / ".lock").unlink(missing_ok=True)
    for stubs in folder.glob("*-stubs"):
        shutil.rmtree(stubs)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    for file in list(folder.rglob("*")):
        notes = file.parent.name.endswith(".dist-info") and file.name in _BALLAST_IN_DIST_INFO
        if file.is_file() and (notes or file.suffix == ".pyi" or file.name == "py.typed"):
            file.unlink()


def check_machines(folder: Path, target: Target) -> int:
    """Read the header of every ELF file; how many there are.

    Raises:
        PackageError: one was built for another processor.
    """
    count = 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as stream:
            header = stream.read(20)
        if header[:4] != b"\x7fELF":
            if file.suffix == ".so":
                raise PackageError(f"{file.relative_to(folder)} is no shared object for Linux.")
            continue
        count += 1
        order = "big" if header[5] == 2 else "little"
        machine = int.from_bytes(header[18:20], order)
        if machine != target.elf_machine:
            raise PackageError(
                f"{file.relative_to(folder)} was built for ELF machine {machine}; "
                f"{target.architecture} is {target.elf_machine}. Build with --arch of the function."
            )
    return count


def add_bytecode(folder: Path, target: Target) -> str | None:
    """Compile every source for the target's Python; the interpreter used, None where the machine has none.

    The function's folder is read-only, so that it could never keep what it compiles itself. What only the messages need
    stays as it is.

    Raises:
        PackageError: a source does not compile.
    """
    interpreter = find_python(target.python)
    if interpreter is None:
        return None
    done = subprocess.run(
        [
            *(interpreter, "-I", "-m", "compileall", "-q", "-j", "1"),
            *("-x", rf"^{re.escape(str(folder))}/({'|'.join(_SOURCES_ONLY)})/"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", LAMBDA_FOLDER, str(folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    if done.returncode:
        raise PackageError(
            f"{target.runtime} cannot compile the package:\n{done.stdout[-2000:]}{done.stderr}"
        )
    return interpreter


def find_python(version: str) -> str | None:
    """An interpreter of exactly this minor version: this one, from PATH, or one of pyenv's."""
    candidates = [sys.executable, shutil.which(f"python{version}")]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()
        versions = (Path(root) / "versions").glob(f"{version}.*/bin/python")
        candidates += [str(path) for path in sorted(versions, key=_patch_level, reverse=True)]
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in candidates:
        if candidate is None:
            continue
        answer = subprocess.run([candidate, "-I", "-c", asked], capture_output=True, text=True, check=False)
        if answer.stdout.strip() == version:
            return candidate
    return None


def _patch_level(python: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in python.parent.parent.name.split(".") if part.isdigit())


def owner_of(name: str, distributions: list[Distribution]) -> str:
    """The package that a file of the archive belongs to, for the list of contents."""
    path = Path(name)
    if path.parts[0] == OURS:
        return OURS
    if path.parent.name == "__pycache__":
        path = path.parent.parent / f"{path.name.split('.')[0]}.py"
    for one in distributions:
        if path.as_posix() in one.files:
            return f"{one.name} {one.version}"
    return "(other)"
