"""What the engines are made of: pinned files from Maven, and a Java that each of them runs on."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from scripts.engines.errors import EnginesUnavailable
from scripts.engines.install import Artifact, fetch, find_artifact, pinned_artifacts, unpack_trino
from scripts.engines.java import find_java

CONTENT = b"a library"
ARTIFACT = Artifact(hashlib.sha256(CONTENT).hexdigest(), "org.example", "library", "1.0", "jar")

# Maven, in place of the real one: puts a file where the real one would, or says what that says.
_STAND_IN = """#!/bin/sh
for option; do case $option in -Dmaven.repo.local=*) folder=${{option#*=}}/org/example/library/1.0;; esac; done
{then}
"""
_GIVES = 'mkdir -p "$folder"; printf "a library" > "$folder/library-1.0.jar"'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one; the path has two commands of the system's, and no Maven."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("sh", "mkdir"):
        (commands / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(commands))
    return tmp_path / "maven"


def put_maven(repository: Path, then: str) -> None:
    """Put a stand-in on the path."""
    command = repository.parent / "bin" / "mvn"
    command.write_text(_STAND_IN.format(then=then))
    command.chmod(0o755)


def test_every_artifact_is_pinned_by_its_content() -> None:
    """Each once, and none by an address."""
    artifacts = pinned_artifacts()
    assert 4 == len({artifact.coordinate for artifact in artifacts})
    assert all(re.fullmatch("[0-9a-f]{64}", artifact.sha256) for artifact in artifacts)
    assert "476" == find_artifact("trino-server-core").version == find_artifact("trino-iceberg").version


def test_maven_fetches_what_is_missing_and_only_that(repository: Path) -> None:
    """The second time it is not asked."""
    put_maven(repository, _GIVES)
    fetch(ARTIFACT, repository)
    assert CONTENT == ARTIFACT.file(repository).read_bytes()
    put_maven(repository, "exit 1")
    fetch(ARTIFACT, repository)


def test_another_file_is_refused_and_removed(repository: Path) -> None:
    """Nothing is installed of it, and the next time it is fetched again."""
    put_maven(repository, _GIVES.replace("a library", "a trap"))
    with pytest.raises(EnginesUnavailable, match=r"org\.example:library:1\.0:jar is not the file") as refused:
        fetch(ARTIFACT, repository)
    assert "\n" not in str(refused.value)
    assert not ARTIFACT.file(repository).exists()


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (None, "Maven (mvn) is missing, which fetches Trino: install it"),
        ("echo '[ERROR] no route to host'; echo more; exit 1", "It said: [ERROR] no route to host"),
        ("exit 0", "It said: nothing"),
    ],
    ids=["no Maven", "no network", "no file"],
)
def test_what_cannot_be_fetched_is_said_in_one_line(repository: Path, then: str | None, said: str) -> None:
    """With what to do."""
    if then:
        put_maven(repository, then)
    with pytest.raises(EnginesUnavailable) as refused:
        fetch(ARTIFACT, repository)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_trino_is_unpacked_anew_with_its_one_plugin(tmp_path: Path) -> None:
    """What an earlier version left is gone, and no library is left out for its name."""
    server, plugin, folder = tmp_path / "server.tar.gz", tmp_path / "plugin.zip", tmp_path / "trino"
    with tarfile.open(server, "w:gz") as packed:
        for name in ("trino-server-core-9/lib/main.jar", "trino-server-core-9/plugin/geospatial/other.jar"):
            packed.addfile(tarfile.TarInfo(name), io.BytesIO())
    with zipfile.ZipFile(plugin, "w") as packed:
        packed.writestr("trino-iceberg-9/io...ry_opentelemetry.jar", b"")
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "old.jar").touch()
    unpack_trino(server, plugin, folder)
    assert ["main.jar"] == [file.name for file in (folder / "lib").iterdir()]
    assert ["io...ry_opentelemetry.jar"] == [file.name for file in (folder / "plugin").glob("*/*")]
    assert 1 == len([*(folder / "plugin").iterdir()])


def make_java(home: Path, release: str) -> Path:
    """A folder that looks like a Java."""
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{release}"\n')
    return home


def test_the_java_that_an_engine_needs_is_found_among_others(tmp_path: Path) -> None:
    """The version that is wished first, and among equals the one that is named last."""
    eight, old, new, other = (
        make_java(tmp_path / name, release)
        for name, release in [("8", "1.8.0_402"), ("17", "17.0.15"), ("25", "25.0.3"), ("25b", "25")]
    )
    (tmp_path / "empty").mkdir()
    homes = [eight, old, new, other, tmp_path / "empty", tmp_path / "missing"]
    assert old == find_java((17, 21), "Spark", homes)
    assert other == find_java((25, 24), "Trino", homes)
    assert old == find_java((21, 17), "Spark", homes)


def test_a_missing_java_is_said_in_one_line(tmp_path: Path) -> None:
    """With the versions that would do."""
    with pytest.raises(
        EnginesUnavailable, match=r"^Trino needs Java 25 or 24, and none was found: install it"
    ):
        find_java((25, 24), "Trino", [make_java(tmp_path / "17", "17.0.15")])
