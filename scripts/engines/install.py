"""``python -m scripts.engines.install``: what Trino and Spark need, from Maven into .engines, as pinned."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.engines.errors import EnginesUnavailable

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / ".engines"
TRINO: Final = FOLDER / "trino"

_PINNED: Final = Path(__file__).with_name("artifacts.txt")
_REPOSITORY: Final = FOLDER / "maven"
_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"


@dataclass(frozen=True)
class Artifact:
    """A file of Maven's.

    Attributes:
        sha256: hex digest of its bytes.
        group: with dots.
    """

    sha256: str
    group: str
    name: str
    version: str
    packaging: str

    @property
    def coordinate(self) -> str:
        """As Maven is asked for it."""
        return f"{self.group}:{self.name}:{self.version}:{self.packaging}"

    def file(self, repository: Path = _REPOSITORY) -> Path:
        """Where Maven puts it."""
        folder = repository.joinpath(*self.group.split("."), self.name, self.version)
        return folder / f"{self.name}-{self.version}.{self.packaging}"


def read_artifacts(text: str) -> list[Artifact]:
    """The artifacts of a list of ``SHA-256  group:name:version:packaging``."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [Artifact(sha256, *coordinate.split(":")) for sha256, coordinate in lines]


def pinned_artifacts() -> list[Artifact]:
    """What is pinned."""
    return read_artifacts(_PINNED.read_text(encoding="utf-8"))


def find_artifact(name: str) -> Artifact:
    """The pinned artifact of a name."""
    [found] = [artifact for artifact in pinned_artifacts() if artifact.name == name]
    return found


def fetch(artifact: Artifact, repository: Path = _REPOSITORY) -> None:
    """Have Maven fetch it unless it is there, and hold it to its digest.

    Raises:
        EnginesUnavailable: Maven is missing or cannot fetch it, or it is another file.
    """
    file = artifact.file(repository)
    if not file.exists():
        _ask_maven(artifact, repository)
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != artifact.sha256:
        file.unlink()  # the next time it is fetched again
        raise EnginesUnavailable(
            f"{artifact.coordinate} is not the file that {_PINNED.name} pins: its SHA-256 is {found}. It was removed; "
            "run the same command again, and do not use it if it stays another file."
        )


def _ask_maven(artifact: Artifact, repository: Path) -> None:
    if not shutil.which("mvn"):
        raise EnginesUnavailable("Maven (mvn) is missing, which fetches Trino: install it (Debian: maven).")
    options = (f"-Dmaven.repo.local={repository}", f"-Dartifact={artifact.coordinate}", "-Dtransitive=false")
    done = subprocess.run(
        ["mvn", "-B", "-q", "-C", _PLUGIN, *options],
        cwd=repository.parent,  # where there is no pom.xml
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not artifact.file(repository).exists():
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line] or ["nothing"]
        raise EnginesUnavailable(
            f"Maven could not fetch {artifact.coordinate}: connect, or name its mirror in ~/.m2/settings.xml, and run "
            f"the same command again. It said: {lines[0][:300]}"
        )


def unpack_trino(server: Path, plugin: Path, folder: Path = TRINO) -> None:
    """Make the folder of Trino's libraries, with the one plugin."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(server) as packed:
        packed.extractall(partial, filter="data")
    with zipfile.ZipFile(
        plugin
    ) as packed:  # shutil leaves out the names with two dots, of which there are some
        packed.extractall(partial / "plugin")  # noqa: S202
    [libraries] = partial.glob("trino-server-core-*/lib")
    libraries.rename(partial / "lib")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def main() -> int:
    """Install what is not there; 2 if that cannot be done here."""
    FOLDER.mkdir(exist_ok=True)
    try:
        for artifact in pinned_artifacts():
            print(f"engines: {artifact.coordinate}", flush=True)
            fetch(artifact)
    except EnginesUnavailable as error:
        print(f"engines: {error}", file=sys.stderr)
        return 2
    unpack_trino(find_artifact("trino-server-core").file(), find_artifact("trino-iceberg").file())
    return 0


if __name__ == "__main__":
    sys.exit(main())
