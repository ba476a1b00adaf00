"""What Smashrun says about the runner and about tokens. Unknown fields are ignored, null means missing."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

# Tokens travel in a header: anything else than visible ASCII cannot be one.
TOKEN_SHAPE = re.compile(r"[\x21-\x7e]{1,8192}")

T = TypeVar("T")


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _token(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("expected a text")
    if not TOKEN_SHAPE.fullmatch(value):
        raise ValueError("not the shape of a token")
    return value


def _token_or_none(value: object) -> object:
    return None if value in (None, "") else _token(value)


def _seconds(value: object) -> object:
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) else None


Text = Annotated[str | None, WrapValidator(_or_none), BeforeValidator(_text)]


class UserInfo(BaseModel):
    """The runner whom a token belongs to (`/my/userinfo`)."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: Text = None
    user_name: Text = Field(default=None, validation_alias=AliasChoices("userName", "username", "user_name"))
    first_name: Text = Field(default=None, validation_alias=AliasChoices("firstName", "first_name"))
    last_name: Text = Field(default=None, validation_alias=AliasChoices("lastName", "last_name"))

    @property
    def display_name(self) -> str:
        """A name to greet the runner by."""
        full = " ".join(part for part in (self.first_name, self.last_name) if part)
        return full or self.user_name or (f"runner {self.id}" if self.id else "runner")


class TokenAnswer(BaseModel):
    """What the token endpoint or the implicit flow hands out; the tokens are hidden in every repr.

    `expires_in` is seconds from now, None where the answer does not say. `refresh_token` is None where the
    old one stays in use (refresh) or there never is one (user-level access).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    access_token: Annotated[SecretStr, BeforeValidator(_token)]
    refresh_token: Annotated[SecretStr | None, BeforeValidator(_token_or_none)] = None
    expires_in: Annotated[float | None, BeforeValidator(_seconds)] = None
    token_type: Annotated[str, Field(max_length=64)] = "Bearer"  # noqa: S105 - a scheme
    scope: Text = None
