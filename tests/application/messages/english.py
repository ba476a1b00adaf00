"""What is wrong English in every message."""

from __future__ import annotations

import re

_COUNTED = re.compile(
    r"(?<![\d.,:])(\d[\d,]*) ((?:run |more new |full )?)(days?|runs?|weeks?|months?|years?|bests?)\b"
)


def assert_english(text: str) -> None:
    """One of a thing, or several; nothing that a template forgot; no line ends or begins with a blank comma."""
    for number, _, noun in _COUNTED.findall(text):
        assert (number == "1") == (not noun.endswith("s")), text
    assert not re.search(r"None|\bnan\b|inf\b|[{}%]|,,|\. \.|\n\n\n", text), text
    assert not re.search(r"^ ?[,.:]|[ ,]$", text, re.MULTILINE), text
