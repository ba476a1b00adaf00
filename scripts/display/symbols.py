"""Symbols where they cannot be shown: each has a spelling in ASCII, so that none turns into a question mark."""

from __future__ import annotations

import os
import sys
from typing import Final, TextIO

_SPELLINGS: Final = str.maketrans(
    {
        "✓": "*",
        "✗": "x",
        "■": "#",
        "□": "-",
        "·": "-",
        "•": "*",
        "–": "-",
        "—": "-",
        "…": "...",
        "→": "->",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "×": "x",
        "≤": "<=",
        "≥": ">=",
        "½": "1/2",
        "━": "=",
        "╸": "=",
        "╺": "=",
        "─": "-",
        "│": "|",
    }
)
_PLAIN_LOCALES: Final = ("C", "POSIX")


def shows_ascii_only(stream: TextIO) -> bool:
    """Whether a stream shows ASCII alone: by its encoding, or by a locale that promises no more.

    Python writes UTF-8 in the C locale, but a terminal that was started in it may well not show it.
    """
    if not (stream.encoding or "ascii").lower().replace("-", "").startswith("utf"):
        return True
    if sys.platform == "win32":
        return False
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "C")
    return stream.isatty() and chosen in _PLAIN_LOCALES


def spell(text: str, encoding: str | None, *, ascii_only: bool) -> str:
    """The text with those symbols in ASCII that the encoding lacks; all of them where only ASCII is shown."""
    if text.isascii():
        return text
    if ascii_only:
        return text.translate(_SPELLINGS)
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        return text.translate(_SPELLINGS)
    return text
