"""The published record, opened to be asked by a command, and how an answer is printed as JSON or CSV."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.models import Answer, Part
from myrunstreak.api.representation import columns_of, csv_text
from myrunstreak.contract.settings import Settings
from myrunstreak.instants import utc_now
from myrunstreak.store.published import PublishedDatabase

from scripts.display.terminal import data_output, json_text


@contextmanager
def answers_of(settings: Settings) -> Generator[Engine]:
    """The engine over the record that the settings lead to, at this instant."""
    published = PublishedDatabase(settings)
    try:
        with published.read() as reading:
            yield Engine(
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
    print(json_text(answer.model_dump(mode="json", by_alias=True)))


def print_csv(items: Sequence[Part], model: type[Part]) -> None:
    """Exactly the rows of CSV that the API sends."""
    data_output().write(csv_text([item.model_dump(mode="json") for item in items], columns_of(model)))
