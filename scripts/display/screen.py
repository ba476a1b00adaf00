"""A console whose sentences break between words, never within a command, and whose symbols any terminal can show."""

from __future__ import annotations

import io
import sys
from typing import Any, TextIO, cast

from rich.console import Console
from rich.text import Text

from scripts.display.program import with_program
from scripts.display.symbols import shows_ascii_only, spell
from scripts.display.wrapping import wrap


class Screen(Console):
    """Standard output or standard error.

    On a terminal lines break between words; a word that is longer than a line is left to the terminal, so that a path
    or an address can still be copied. Elsewhere no line is broken.

    Args:
        stderr: write to standard error.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(
            file=cast("TextIO", _Stream(stderr=stderr)),
            highlight=False,
            markup=False,
            emoji=False,
            stderr=stderr,
        )

    @property
    def ascii_only(self) -> bool:
        """Whether it shows ASCII alone."""
        return shows_ascii_only(cast("TextIO", self.file))

    @property
    def has_colour(self) -> bool:
        """Whether colours are shown."""
        return self.is_terminal and not self.no_color and self.color_system is not None

    def on_broken_pipe(self) -> None:
        """Leave it to the end of the command, as for every other write."""
        raise

    def print(self, *objects: Any, **options: Any) -> None:
        """Print texts, or something that draws itself, such as a table."""
        is_text = all(isinstance(one, str | Text) for one in objects)
        objects = tuple(with_program(one) if isinstance(one, str | Text) else one for one in objects)
        if self.is_terminal and is_text and not (options.get("soft_wrap") or options.get("no_wrap")):
            sentence = Text(options.pop("sep", " ")).join(objects)
            objects = (wrap(sentence, self.width),)
        # Texts are wrapped already; everything else only for a screen.
        options.setdefault("soft_wrap", is_text or not self.is_terminal)
        super().print(*objects, **options)


class _Stream(io.TextIOBase):
    """The present standard output or error."""

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self._stderr else sys.stdout

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - rich reads it
        """That of the stream."""
        return self._stream.encoding or "ascii"

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """That of the stream."""
        return self._stream.fileno()

    def write(self, text: str, /) -> int:
        """Write a text."""
        stream = self._stream
        shown = spell(text, stream.encoding, ascii_only=shows_ascii_only(stream))
        stream.write(shown)
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()
