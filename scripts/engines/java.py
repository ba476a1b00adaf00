"""Which Java an engine starts on: the machine's own may be another one."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Final

from scripts.engines.errors import EnginesUnavailable

# Trino 476 needs 24 at least; Spark 4.1 runs on these two.
TRINO: Final = (25, 24)
SPARK: Final = (17, 21)

_FOLDERS: Final = (
    "/usr/lib/jvm",
    "/Library/Java/JavaVirtualMachines",
    "/opt/homebrew/opt",
    "~/.sdkman/candidates/java",
)
_VERSION: Final = re.compile(r'^JAVA_VERSION="(\d+)', re.MULTILINE)


def find_java(needed: tuple[int, ...], what_for: str, homes: Iterable[Path] | None = None) -> Path:
    """The home of a Java of one of these versions, the first of them if there is a choice.

    Args:
        homes: where to look, the last of equals wins; None: where this machine may have some.

    Raises:
        EnginesUnavailable: there is none.
    """
    found = {read_version(home): home for home in (_homes() if homes is None else homes)}
    for version in needed:
        if version in found:
            return found[version]
    raise EnginesUnavailable(
        f"{what_for} needs Java {' or '.join(map(str, needed))}, and none was found: "
        "install it, or name its folder in JAVA_HOME."
    )


def read_version(home: Path) -> int | None:
    """The version that a Java's folder says it is; None where it is none."""
    try:
        found = _VERSION.search((home / "release").read_text(encoding="utf-8"))
    except OSError:
        return None
    return int(found[1]) if found and (home / "bin" / "java").exists() else None


def _homes() -> Iterable[Path]:
    """The machine's Javas; what is named or on the path comes last, and so wins among equals."""
    for folder in map(Path, _FOLDERS):
        try:
            yield from chain.from_iterable(
                (home, home / "Contents" / "Home", home / "libexec" / "openjdk.jdk" / "Contents" / "Home")
                for home in sorted(folder.expanduser().iterdir())
            )
        except OSError:
            continue
    if found := shutil.which("java"):
        yield Path(found).resolve().parents[1]
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
