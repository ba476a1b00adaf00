"""Which kinds of activities count as running: the setting ``ACTIVITY_TYPES``, and how the database learns of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

ANY: Final = "any"
RUNNING: Final = "running"
# What stands for running beside every label with "run" in it; an empty label stands for none.
_MEANS_RUNNING: Final = (RUNNING, "treadmill", "trail", "track", "unknown", "")
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9 _/-]{0,39}")
_MOST: Final = 20


def normalise(text: str) -> str:
    """The setting in its one form: lower case, commas without blanks.

    Raises:
        ValueError: it is no list of labels.
    """
    labels = list(dict.fromkeys(label.strip().lower() for label in text.split(",")))
    if len(labels) > _MOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("expected any, or labels with commas between")
    return ANY if ANY in labels else ",".join(labels)


def expand_labels(text: str) -> list[str] | None:
    """The labels of a setting as the database compares them; None: every activity counts."""
    if text == ANY:
        return None
    labels = text.split(",")
    running = [*_MEANS_RUNNING] if any("run" in label for label in labels) else []
    return [*running, *(label for label in labels if "run" not in label and label not in running)]


def choice_for_connection(labels: Sequence[str] | None) -> str:
    """The statement that lets one connection count these labels, instead of the database's own choice."""
    return f"SET VARIABLE activity_types = {_literal(labels)}"


def choice_for_database(labels: Sequence[str] | None) -> str:
    """The statement that makes these labels the database's own choice."""
    literal = _literal(labels)
    return (
        f"CREATE OR REPLACE MACRO activity_types() AS coalesce(getvariable('activity_types'), {literal})[1]"
    )


def _literal(labels: Sequence[str] | None) -> str:
    """The list within a list, so that a list that is NULL differs from none given."""
    if labels is None:
        return "[CAST(NULL AS VARCHAR[])]"
    return "[[" + ", ".join(f"'{label}'" for label in labels) + "]]"
