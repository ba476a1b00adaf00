"""An answer as the API sends it: JSON with line breaks, or rows of CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scripts.display.terminal import data_output, json_text

if TYPE_CHECKING:
    from myrunstreak.analytics.models import Answer, Part


def print_json(answer: Answer) -> None:
    """Print the body that the API sends."""
    print(json_text(answer.model_dump(mode="json", by_alias=True)))


def print_csv(items: Sequence[Part], model: type[Part]) -> None:
    """Print the rows of CSV that the API sends."""
    from myrunstreak.api.representation import columns_of, csv_text

    data_output().write(csv_text([item.model_dump(mode="json") for item in items], columns_of(model)))
