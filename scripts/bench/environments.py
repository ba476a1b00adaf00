"""Where a contestant runs: our side as Lambda has it, each rival with its own packages and none of ours."""

from __future__ import annotations

import platform
import shutil
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from scripts.bench.limits import Limits
from scripts.lambda_package.target import PackageError, Target

ROOT: Final = Path(__file__).resolve().parents[2]
# The interpreter sees neither its environment nor what is installed beside it.
_BARE: Final = ("-I", "-S")


@dataclass(frozen=True)
class Environment:
    """An interpreter and what it can import besides the standard library.

    Attributes:
        python: the interpreter.
        options: of the interpreter.
        paths: folders of modules, in their order.
        limits: what the process may take of the machine; None: all of it.
    """

    python: str
    options: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    limits: Limits | None = None

    @classmethod
    def here(cls) -> Environment:
        """This process's own: for tests of the measurements, never for figures."""
        return cls(sys.executable, paths=tuple(sys.path))

    def within(self, limits: Limits) -> Environment:
        """The same, limited."""
        return replace(self, limits=limits)


@dataclass(frozen=True)
class Sides:
    """Who takes part.

    Attributes:
        ours: the built package and what Lambda's runtime brings along.
        dlt: with dlt; None where it is not installed.
        frames: with pandas and polars; None where they are not installed.
    """

    ours: Environment
    dlt: Environment | None = None
    frames: Environment | None = None


def find_sides() -> Sides:
    """The sides on this machine; the package is built where the sources have changed since the last time.

    Raises:
        PackageError: the package cannot be built here, or what Lambda's runtime brings along is missing.
    """
    if _venv("runtime") is None:
        raise PackageError(".venv-bench-runtime is missing: `make bench` installs it.")
    runtime = sorted((ROOT / ".venv-bench-runtime" / "lib").glob("*/site-packages"))
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    ours = Environment(
        str(base) if base.exists() else sys.executable,
        _BARE,
        (str(_package()), *map(str, runtime), str(ROOT)),
    )
    return Sides(ours, _venv("dlt"), _venv("frames"))


def _venv(name: str) -> Environment | None:
    python = ROOT / f".venv-bench-{name}" / "bin" / "python"
    installed = python.parent.parent / ".installed"
    return Environment(str(python), ("-I",), (str(ROOT),)) if installed.exists() else None


def _package() -> Path:
    """The folder with the built package's contents, for this machine and this Python."""
    from infra.package import source_digest
    from scripts.build_lambda import build

    machine = "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
    target = Target.parse(machine, f"3.{sys.version_info.minor}")
    out = ROOT / "build" / f"bench-{target.runtime}"
    stamp, folder = out / "of-sources.txt", out / "package"
    digest = source_digest(ROOT)
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(out, ignore_errors=True)
        made = build(ROOT, out, target)
        with zipfile.ZipFile(out / made.manifest.zip) as packed:
            packed.extractall(folder)
        stamp.write_text(digest)
    return folder
