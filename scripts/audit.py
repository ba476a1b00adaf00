"""`make audit`: known vulnerabilities in every requirements file; passes only if every package was looked up.

pip-audit itself succeeds when the vulnerability service knows none of the packages, or does not answer at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
_AUDIT: Final = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off")
# Locked files name every package with its hash, so nothing needs resolving.
_LOCKED: Final = ("--require-hashes", "--disable-pip")


class NotAudited(Exception):
    """A file whose packages were not all looked up."""


def main() -> int:
    """Audit all files and print the findings; 0 only if all packages were looked up and none is vulnerable."""
    vulnerable, audited = list[str](), 0
    files = requirements_files(ROOT)
    try:
        for file in files:
            found, count = audit(file)
            vulnerable += found
            audited += count
    except NotAudited as error:
        print(f"audit: {error}", file=sys.stderr)
        return 1
    for line in vulnerable:
        print(f"audit: {line}", file=sys.stderr)
    print(f"audit: {audited} packages of {len(files)} files looked up, {len(vulnerable)} vulnerabilities.")
    return 1 if vulnerable else 0


def requirements_files(root: Path) -> list[Path]:
    """Every requirements file: locked ones first, then small ones, so that a silent service shows early."""
    found = [path for path in root.rglob("requirements*.txt") if not _is_made(path.relative_to(root))]
    return sorted(found, key=lambda path: (not _is_locked(path), path.stat().st_size))


def audit(file: Path) -> tuple[list[str], int]:
    """The vulnerabilities of one file, and how many packages were looked up.

    Raises:
        NotAudited: a package was not looked up, or none was.
    """
    options = _LOCKED if _is_locked(file) else ()
    done = subprocess.run([*_AUDIT, *options, "-r", str(file)], capture_output=True, text=True, check=False)
    name = file.relative_to(ROOT)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise NotAudited(
            f"{name} was not audited: pip-audit ended with {done.returncode} ({lines[-1][:200]})."
        ) from None
    skipped = [package for package in packages if "vulns" not in package]
    if skipped or not packages:
        reason = (
            str(skipped[0].get("skip_reason", "no reason given"))[:200] if skipped else "it found no package"
        )
        raise NotAudited(
            f"{name} was not audited: {len(skipped)} of {len(packages)} packages were not looked up ({reason}). "
            "Try again where the vulnerability service can be reached."
        )
    vulnerable = [
        f"{name}: {package['name']} {package.get('version')} has {vulnerability['id']}"
        for package in packages
        for vulnerability in package["vulns"]
    ]
    if done.returncode and not vulnerable:
        raise NotAudited(f"{name} was not audited: pip-audit ended with {done.returncode}.")
    return vulnerable, len(packages)


def _is_locked(file: Path) -> bool:
    return "--hash=" in file.read_text(encoding="utf-8")


def _is_made(path: Path) -> bool:
    return path.parts[0] in {"build", "data"} or any(part.startswith(".") for part in path.parts)


if __name__ == "__main__":
    raise SystemExit(main())
