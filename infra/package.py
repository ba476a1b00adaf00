"""The built Lambda package, and whether it is the one that these sources make."""

from __future__ import annotations

import hashlib
from pathlib import Path


def shipped_sources(root: Path) -> list[Path]:
    """Our files that go into the package: everything under ``lambda_src/myrunstreak`` but caches and stubs."""
    folder = root / "lambda_src" / "myrunstreak"
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.suffix not in {".pyc", ".pyi"}
        and file.name != "py.typed"
        and not any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(folder).parts)
    )


def source_digest(root: Path) -> str:
    """SHA-256 over the shipped sources and the locked dependencies: names and contents, in order."""
    digest = hashlib.sha256()
    for file in [root / "lambda_src" / "requirements.txt", *shipped_sources(root)]:
        name, content = file.relative_to(root).as_posix().encode(), file.read_bytes()
        digest.update(b"%d %d\n%b%b" % (len(name), len(content), name, content))
    return digest.hexdigest()
