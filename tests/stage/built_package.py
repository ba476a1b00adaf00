"""Something that looks like the builder's work: what it builds has tests of its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from infra import package


def build_package(
    root: Path,
    architecture: str = "arm64",
    runtime: str = "python3.12",
    kind: package.Kind = "lambda",
    **other: str,
) -> None:
    """Put something that looks like the builder's work under ``root``."""
    folder = root / package.BUILD
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{kind}.zip").write_bytes(b"zip")
    manifest = {
        "zip": f"{kind}.zip",
        "sha256": hashlib.sha256(b"zip").hexdigest(),
        "architecture": architecture,
        "runtime": runtime,
        "source_sha256": package.source_digest(root, kind),
    }
    (folder / package.manifest_name(kind)).write_text(json.dumps(manifest | other))
