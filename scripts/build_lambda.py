"""Build the Lambda's package, or the lake writer's, from the locked dependencies: ``make package``.

The zip depends on the sources, the lock, the function's architecture and its Python only, so that building
it twice gives the same bytes. (Another zlib than the one this Python has may compress differently.)
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if __package__ in (None, ""):  # run as a file: the other scripts are its neighbours
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from infra.package import Kind, Manifest, list_sources, lock_file, manifest_name, source_digest
from scripts.lambda_package.archive import MB, Entry, check_sizes, write_zip
from scripts.lambda_package.contents import add_bytecode, add_our_code, check_machines, owner_of, prune
from scripts.lambda_package.target import PackageError, Target
from scripts.lambda_package.wheels import (
    Distribution,
    check_tags,
    install,
    installed,
    without_runtime_packages,
)

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Build:
    """A finished package and what there is to say about it."""

    manifest: Manifest
    entries: list[Entry]
    distributions: list[Distribution]
    left_out: list[str]
    tool: str
    interpreter: str | None
    shared_objects: int
    zip_bytes: int

    @property
    def unzipped_bytes(self) -> int:
        """What the function's folder will hold."""
        return sum(entry.size for entry in self.entries)


def build(root: Path, out: Path, target: Target, kind: Kind = "lambda") -> Build:
    """Write the zip and its manifest into a folder.

    Raises:
        PackageError: it cannot be built for the target; an older package stays, its manifest does not.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / manifest_name(kind)).unlink(missing_ok=True)
    digest = source_digest(root, kind)
    lock = lock_file(root, kind).read_text(encoding="utf-8")
    requirements, left_out = without_runtime_packages(lock)
    with tempfile.TemporaryDirectory(prefix="package-", dir=out) as scratch:
        listed, folder = Path(scratch, "requirements.txt"), Path(scratch, "package")
        listed.write_text(requirements, encoding="utf-8")
        tool = install(listed, folder, target)
        check_tags(folder, target)
        distributions = installed(folder)
        add_our_code(root, list_sources(root), folder)
        prune(folder)
        shared_objects = check_machines(folder, target)
        interpreter = add_bytecode(folder, target)
        zip_file = out / f"{kind}-{target.architecture}.zip"
        entries = write_zip(folder, zip_file)
    content = zip_file.read_bytes()
    manifest = Manifest(
        zip=zip_file.name,
        sha256=hashlib.sha256(content).hexdigest(),
        architecture=target.architecture,
        runtime=target.runtime,
        source_sha256=digest,
    )
    made = Build(manifest, entries, distributions, left_out, tool, interpreter, shared_objects, len(content))
    if source_digest(root, kind) != digest:
        raise PackageError("lambda_src changed while the package was built. Run `make package` again.")
    return made


def describe(made: Build, target: Target) -> str:
    """What is inside, the largest first, as a table."""
    sizes: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for entry in made.entries:
        row = sizes[owner_of(entry.name, made.distributions)]
        row[0] += 1
        row[1] += entry.size
        row[2] += entry.packed
    rows = sorted(sizes.items(), key=lambda item: (-item[1][1], item[0]))
    rows.append(("total", [len(made.entries), made.unzipped_bytes, made.zip_bytes]))
    lines = [f"{'package':<32}{'files':>7}{'MB':>9}{'MB zipped':>12}"]
    lines += [
        f"{name:<32}{files:>7}{raw / MB:>9.2f}{packed / MB:>12.2f}" for name, (files, raw, packed) in rows
    ]
    bytecode = (
        f"compiled with {target.runtime}"
        if made.interpreter
        else f"sources only: no {target.runtime} on this machine to compile them, so cold starts take longer"
    )
    lines += [
        "",
        f"for {target.runtime} on {target.architecture}, {made.shared_objects} shared objects checked; {bytecode}",
        f"left to the runtime: {', '.join(made.left_out)}",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 done, 1 refused, with one message."""
    parser = argparse.ArgumentParser(description="Build the Lambda's package.")
    parser.add_argument("--arch", default="arm64", help="arm64 (default) or x86_64")
    parser.add_argument("--python", default="3.12", help="the function's Python, 3.12 unless given")
    parser.add_argument("--lake", action="store_true", help="build the package of a club's lake writer")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="the folder; build/ unless given")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout; this one unless given")
    given = parser.parse_args(arguments)
    kind: Kind = "lake" if given.lake else "lambda"
    try:
        target = Target.parse(given.arch, given.python)
        made = build(given.root, given.out, target, kind)
        print(describe(made, target))
        check_sizes(made.zip_bytes, made.unzipped_bytes, kind)
        manifest = made.manifest.model_dump_json(indent=2) + "\n"
        (given.out / manifest_name(kind)).write_text(manifest, encoding="utf-8")
    except PackageError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    print(f"{given.out / made.manifest.zip}: {made.zip_bytes / MB:.1f} MB, sha256 {made.manifest.sha256}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
