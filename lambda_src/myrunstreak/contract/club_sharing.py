"""What a runner of a club shares with the others: the document beside their record, and how it is read."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

# Nothing; on which days there was a run; those and how far.
Sharing = Literal["none", "days", "distances"]


class SharingChoice(BaseModel):
    """The document: ``{"sharing": "days"}``."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    sharing: Sharing = "none"


def read_sharing(content: bytes | None) -> Sharing:
    """What a document says; nothing is shared where there is none, or it cannot be understood."""
    try:
        return SharingChoice.model_validate_json(content or b"{}").sharing
    except ValidationError:
        return "none"
