"""The messages and commands of a club: a runner to be synced, a record for the lake."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.settings import RUNNER_ID
from myrunstreak.errors import InvalidSettings

RunnerId = Annotated[str, Field(pattern=RUNNER_ID)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def parse(cls, event: Any) -> Self:
        """Read a message or a command.

        Raises:
            InvalidSettings: it is another, with what is accepted.
        """
        try:
            return cls.model_validate(event)
        except ValidationError:
            known = ", ".join(f"{name} ({field.description})" for name, field in cls.model_fields.items())
            raise InvalidSettings(f"The message cannot be understood; accepted: {known}.") from None


class SyncMessage(_Message):
    """A runner to be synced: a message of the queue, or an invocation by hand."""

    runner: RunnerId = Field(description="the runner's id")
    sync: SyncEvent = Field(
        default_factory=SyncEvent, description="what is asked of the sync, as of one runner's function"
    )


class LakeUpdate(_Message):
    """A record that a worker has looked at: it may be new to the lake."""

    runner: RunnerId = Field(description="the runner's id")
    version: str = Field(
        default="", max_length=200, description="which state of the record was published, for the log"
    )


class LakeCommand(_Message):
    """What the lake's function is told by hand; one of the fields."""

    remove: RunnerId | None = Field(default=None, description="a runner's id: none of their bytes stay")
    rebuild: bool = Field(default=False, description="true: begin again with empty tables")
    board: bool = Field(default=False, description="true: make the board again")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum([self.remove is not None, self.rebuild, self.board]) != 1:
            raise ValueError("one of the fields")
        return self
