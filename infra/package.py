"""Finds a built Lambda package and checks that it belongs to these sources: the functions', or the lake writer's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

BUILD: Final = "build"

Architecture = Literal["arm64", "x86_64"]
Runtime = Literal["python3.12", "python3.13"]
# What every function runs, and what the lake writer of a club runs, which needs DuckDB's extensions too.
Kind = Literal["lambda", "lake"]

_NAMES: Final[dict[Kind, str]] = {"lambda": "The Lambda package", "lake": "The lake writer's package"}
_LOCKS: Final[dict[Kind, str]] = {"lambda": "requirements.txt", "lake": "requirements-lake.txt"}


def list_sources(root: Path) -> list[Path]:
    """Our files in the package: everything under ``lambda_src/myrunstreak`` except caches and stubs."""
    folder = root / "lambda_src" / "myrunstreak"
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.suffix not in {".pyc", ".pyi"}
        and file.name != "py.typed"
        and not any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(folder).parts)
    )


def manifest_name(kind: Kind = "lambda") -> str:
    """The file beside a package that says what it was built from."""
    return f"{kind}.json"


def lock_file(root: Path, kind: Kind = "lambda") -> Path:
    """The locked dependencies of a package."""
    return root / "lambda_src" / _LOCKS[kind]


def source_digest(root: Path, kind: Kind = "lambda") -> str:
    """SHA-256 over the shipped sources and the locked dependencies: names and contents, in order."""
    digest = hashlib.sha256()
    for file in [lock_file(root, kind), *list_sources(root)]:
        name, content = file.relative_to(root).as_posix().encode(), file.read_bytes()
        digest.update(b"%d %d\n%b%b" % (len(name), len(content), name, content))
    return digest.hexdigest()


class PackageUnusable(Exception):
    """The stack cannot use the package; the message has the command that builds it."""


class Manifest(BaseModel):
    """The builder's file beside the zip: ``pulumi up`` reads there whether the package fits and is fresh."""

    model_config = ConfigDict(frozen=True)

    zip: str
    sha256: str
    architecture: str
    runtime: str
    source_sha256: str


@dataclass(frozen=True)
class LambdaPackage:
    """A built package that matches the sources and the function.

    Attributes:
        path: the zip, relative to the project, which keeps a machine's paths out of the state.
        sha256: hex digest of its bytes.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class Packages:
    """What a stack's functions are made of.

    Attributes:
        lake: that of a club's lake writer; None in a stack of one runner.
    """

    functions: LambdaPackage
    lake: LambdaPackage | None


def find_package(root: Path, architecture: str, runtime: str, kind: Kind = "lambda") -> LambdaPackage:
    """The package under ``build/``.

    Raises:
        PackageUnusable: missing, incomplete, changed, stale, or made for another architecture or Python.
    """
    command, name = make_command(architecture, runtime, kind), _NAMES[kind]
    manifest_file = root / BUILD / manifest_name(kind)
    try:
        manifest = Manifest.model_validate_json(manifest_file.read_bytes())
        content = (root / BUILD / manifest.zip).read_bytes()
    except FileNotFoundError:
        raise PackageUnusable(f"{name} is missing in {BUILD}/. Build it: {command}") from None
    except ValidationError:
        raise PackageUnusable(
            f"{BUILD}/{manifest_file.name} cannot be understood. Build it again: {command}"
        ) from None
    made_for = (manifest.architecture, manifest.runtime)
    if made_for != (architecture, runtime):
        raise PackageUnusable(
            f"{name} is built for {' and '.join(made_for)}, the function is {architecture} and {runtime}. "
            f"Build it for the function: {command}"
        )
    if manifest.sha256 != hashlib.sha256(content).hexdigest():
        raise PackageUnusable(f"{BUILD}/{manifest.zip} is not what was built. Build it again: {command}")
    if manifest.source_sha256 != source_digest(root, kind):
        raise PackageUnusable(
            f"{name} is stale: lambda_src/ has changed since it was built. Build it again: {command}"
        )
    return LambdaPackage(f"{BUILD}/{manifest.zip}", manifest.sha256)


def make_command(architecture: str, runtime: str, kind: Kind = "lambda") -> str:
    """The command that builds the package for a function; the lake writer's comes with the other."""
    command = "make package" + (" LAKE=1" if kind == "lake" else "")
    if architecture != "arm64":
        command += f" ARCH={architecture}"
    if runtime != "python3.12":
        command += f" PYTHON_VERSION={runtime.removeprefix('python')}"
    return command
