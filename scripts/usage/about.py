"""What a command says of itself: one sentence, and lines that can be typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


def with_examples(*lines: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a function lines that can be typed as they stand; the help of its command shows them."""

    def decorate(body: Callable[..., None]) -> Callable[..., None]:
        body.examples = lines  # pyright: ignore[reportFunctionMemberAccess]
        return body

    return decorate


def summary(command: Any) -> str:
    """The first sentence of a command's help."""
    paragraph = inspect.cleandoc(command.help or "").partition("\n\n")[0]
    text = " ".join(paragraph.split())
    sentence, dot, _ = text.partition(". ")
    return sentence + "." if dot else text


def examples_of(command: Any) -> tuple[str, ...]:
    """The examples of a command; of a group that is none itself, the first one of each of its commands."""
    own: tuple[str, ...] = getattr(command.callback, "examples", ())
    below: Mapping[str, Any] = getattr(command, "commands", {})
    return own or tuple(one for each in below.values() for one in examples_of(each)[:1])[:3]
