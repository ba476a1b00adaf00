"""What a package is built for: a processor and a Python version, and how each tool spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

# Lambda's name for the processor -> the wheels' name, and the number in an ELF header.
_PROCESSORS: Final = {"arm64": ("aarch64", 183), "x86_64": ("x86_64", 62)}
_PYTHON = re.compile(r"(?:python)?3\.(\d{1,2})")
# DuckDB has no older wheels than 2_26; the runtimes' own libc is 2.34.
MANYLINUX: Final = "manylinux_2_28"
NEWEST_GLIBC: Final = (2, 28)


class PackageError(Exception):
    """The package cannot be built; the message says what to do next."""


@dataclass(frozen=True)
class Target:
    """A Lambda function's architecture and runtime."""

    architecture: str
    python_minor: int

    @classmethod
    def parse(cls, architecture: str, python: str) -> Self:
        """Read ``arm64``/``x86_64`` and ``3.12`` or ``python3.12``.

        Raises:
            PackageError: neither Lambda nor this program knows them.
        """
        if architecture not in _PROCESSORS:
            raise PackageError(f"--arch is {architecture!r}; accepted: {', '.join(_PROCESSORS)}.")
        match = _PYTHON.fullmatch(python)
        if not match or int(match[1]) < 11:
            raise PackageError(f"--python is {python!r}; accepted: a version from 3.11 on, such as 3.12.")
        return cls(architecture, int(match[1]))

    @property
    def python(self) -> str:
        """Such as ``3.12``."""
        return f"3.{self.python_minor}"

    @property
    def runtime(self) -> str:
        """Lambda's name of the runtime."""
        return f"python{self.python}"

    @property
    def machine(self) -> str:
        """The processor as wheels name it."""
        return _PROCESSORS[self.architecture][0]

    @property
    def elf_machine(self) -> int:
        """``e_machine`` of this processor's shared objects."""
        return _PROCESSORS[self.architecture][1]

    def accepts_tag(self, tag: str) -> bool:
        """Whether a wheel with this tag (``cp312-cp312-manylinux_2_28_aarch64``) runs here."""
        try:
            pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
        except ValueError:
            return False
        return any(
            self._accepts_python(python, abi) and self._accepts_platform(platform)
            for python in pythons
            for abi in abis
            for platform in platforms
        )

    def _accepts_python(self, python: str, abi: str) -> bool:
        if python in {"py3", f"py3{self.python_minor}"} and abi == "none":
            return True
        match = re.fullmatch(r"cp3(\d+)", python)
        if not match:
            return False
        if abi == "abi3":
            return int(match[1]) <= self.python_minor
        return int(match[1]) == self.python_minor and abi in {python, "none"}

    def _accepts_platform(self, platform: str) -> bool:
        if platform == "any":
            return True
        if match := re.fullmatch(r"manylinux_(\d+)_(\d+)_(\w+)", platform):
            return match[3] == self.machine and (int(match[1]), int(match[2])) <= NEWEST_GLIBC
        match = re.fullmatch(r"manylinux(?:1|2010|2014)_(\w+)", platform)
        return bool(match) and match[1] == self.machine
