"""Pages of answers that are whole in the API: what an assistant reads at once is less than what a program does."""

from __future__ import annotations

from typing import Any, Final, cast

from myrunstreak.analytics.cursors import make_cursor, parse_day, read_cursor
from myrunstreak.analytics.models import Answer, DaySeries
from myrunstreak.analytics.period_models import Periods
from myrunstreak.errors import InvalidQuestion

LARGEST: Final = 400


def read_limit(text: str | None, default: int) -> int:
    """The items of a page.

    Raises:
        InvalidQuestion: it is no number of items.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= LARGEST):
        raise InvalidQuestion(f"limit is {text[:40]!r}; accepted: a whole number from 1 to {LARGEST}.")
    return int(text)


def cut(answer: Answer, limit: int, cursor: str | None) -> tuple[Answer, str | None]:
    """The page of a series after the one that ended with the cursor, and the cursor that it ends with itself.

    Raises:
        InvalidQuestion: the cursor is of another list.
    """
    kind = type(answer).__name__
    [text] = read_cursor(cursor, kind, (str,))
    after, items = parse_day(text), cast("list[Any]", cast("DaySeries | Periods", answer).items)
    if isinstance(answer, DaySeries):
        rest, key = [one for one in items if after is None or one.date > after], "date"
    else:
        rest, key = [one for one in items if after is None or one.start_date < after], "start_date"
    page = rest[:limit]
    following = None if len(page) == len(rest) else make_cursor(kind, [str(getattr(page[-1], key))])
    return answer.model_copy(update={"items": page}), following
