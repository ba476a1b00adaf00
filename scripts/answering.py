"""The published record, opened to be asked by a command, and how an answer is printed as JSON."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager

from myrunstreak.analytics.answering import Answers
from myrunstreak.analytics.answers import Answer
from myrunstreak.contract.settings import Settings
from myrunstreak.instants import utc_now
from myrunstreak.store.published import PublishedDatabase


@contextmanager
def answers_of(settings: Settings) -> Generator[Answers]:
    """The engine over the record that the settings lead to, at this instant."""
    published = PublishedDatabase(settings)
    try:
        with published.read() as reading:
            yield Answers(
                reading.connection,
                now=utc_now(),
                settings=settings,
                freshness=reading.freshness,
                definitions=reading.definitions,
            )
    finally:
        published.close()


def print_json(answer: Answer) -> None:
    """Exactly the body that the API sends, with line breaks."""
    print(json.dumps(answer.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False))
