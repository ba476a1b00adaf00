"""Breaks a text into lines between its words, never within a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len
from rich.text import Text

# A blank at which no line breaks.
NO_BREAK: Final = "\u00a0"
# A command in backquotes is for pasting, so it is one word; and so is what hangs on it.
_WORD: Final = re.compile(r"[^ \n`]*(?:`[^`\n]+`[^ \n`]*)+ *|[^ \n]+ *| +")


def wrap(text: Text, width: int, indent: int = 0) -> Text:
    """A text in lines of at most ``width`` cells; a word that is longer has a line of its own, unbroken.

    Args:
        indent: blanks before every line but the first, which has something else there.
    """
    lines = [line for whole in text.split("\n", allow_blank=True) for line in _lines(whole, width - indent)]
    for line in lines:
        line.rstrip()
        line.plain = line.plain.replace(NO_BREAK, " ")
    return Text(f"\n{' ' * indent}").join(lines)


def _lines(line: Text, width: int) -> Iterator[Text]:
    begin, used = 0, 0
    for word in _WORD.finditer(line.plain):
        cells = cell_len(word[0].rstrip(" "))
        if used and used + cells > width:
            yield line[begin : word.start()]
            begin, used = word.start(), 0
        used += cell_len(word[0])
    yield line[begin:]
