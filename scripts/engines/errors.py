"""What the engines cannot do without."""

from __future__ import annotations


class EnginesUnavailable(RuntimeError):
    """Something that the engines need is missing or does not start; the message says what, and what to do."""
