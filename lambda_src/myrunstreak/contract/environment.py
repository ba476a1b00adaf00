"""Models that are read from environment variables and rendered to them, one field a variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, SecretStr, ValidationError

from myrunstreak.contract.references import FILE_PREFIX
from myrunstreak.contract.unknown_names import refuse_near_misses
from myrunstreak.errors import InvalidSettings


class FromEnvironment(BaseModel):
    """One field a variable; a field's description says what is accepted.

    Attributes:
        others: the variables of other models that the same environment may have.
    """

    others: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings from environment variables; empty ones count as unset.

        Raises:
            InvalidSettings: one line that names the variable, the value seen (never a secret's)
                and what is accepted; also for a variable that is nearly one of these.
        """
        refuse_near_misses(env, cls.variables() | cls.others)
        known = cls._given(env)
        try:
            return cls.model_validate(known)
        except ValidationError as error:
            problems = "; ".join(_explain(cls, known, error).values())
            raise InvalidSettings(f"Settings cannot be understood: {problems}.") from None

    @classmethod
    def problems(cls, env: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with each variable that cannot be understood, by its name."""
        known = cls._given(env)
        try:
            cls.model_validate(known)
        except ValidationError as error:
            return _explain(cls, known, error)
        return {}

    @classmethod
    def _given(cls, env: Mapping[str, str]) -> dict[str, str]:
        """The variables that say something, by their fields."""
        return {
            name: env[name.upper()].strip() for name in cls.model_fields if env.get(name.upper(), "").strip()
        }

    @classmethod
    def variables(cls) -> frozenset[str]:
        """The names of all variables."""
        return frozenset(name.upper() for name in cls.model_fields)

    def to_env(self) -> dict[str, str]:
        """The environment variables that ``from_env`` reads back to an equal model."""
        env: dict[str, str] = {}
        for name in type(self).model_fields:
            value: Any = getattr(self, name)
            if value is not None:
                env[name.upper()] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        return env


def _explain(model: type[BaseModel], seen: Mapping[str, str], error: ValidationError) -> dict[str, str]:
    """For each variable that is wrong what it is and what is accepted, without a full stop."""
    lines: dict[str, str] = {}
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0])
        value = show_value(name, seen.get(name, ""))
        lines[name.upper()] = f"{name.upper()} is {value}; accepted: {model.model_fields[name].description}"
    return lines


def show_value(name: str, value: str) -> str:
    """A field's value for a message, in quotes: never a secret, also not one that was put in the wrong place."""
    if name == "notify_urls" and ":" in value and not value.startswith(FILE_PREFIX):
        return "(hidden)"
    misplaced = re.search(r"[@?#]", value) if name.endswith(("_url", "_uri")) else re.search(r'[{"]', value)
    return "(hidden)" if name == "smashrun_client_secret" or misplaced else repr(value)
