"""The owner of a record: the Smashrun user whose runs a database and its archive hold."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import cast

from myrunstreak.errors import InvalidSettings

_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")


@dataclass(frozen=True)
class Owner:
    """A Smashrun user.

    Attributes:
        user_id: Smashrun's own id of the user, which does not change.
        name: what to call the user in messages; no part of the identity.
    """

    user_id: str
    name: str

    @classmethod
    def of(cls, user_id: str | None, name: str | None) -> Owner | None:
        """The user of a profile; None where it carries no id."""
        plain = (user_id or "").strip()
        if not plain:
            return None
        whole = _WHOLE_FLOAT.fullmatch(plain)
        return cls(whole[1] if whole else plain, (name or "").strip() or "a runner")

    @classmethod
    def parse(cls, content: bytes) -> Owner | None:
        """Read what `to_json` wrote; None where it is something else."""
        try:
            value: object = json.loads(content)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        found = cast("dict[str, object]", value)
        return cls.of(str(found.get("id") or ""), str(found.get("name") or ""))

    def to_json(self) -> bytes:
        """The owner as a small JSON object."""
        return json.dumps({"id": self.user_id, "name": self.name}).encode()

    def __str__(self) -> str:
        return f"{self.name} (Smashrun user {self.user_id})"

    def require(self, present: Owner, place: str) -> None:
        """Refuse the runs of another user.

        Raises:
            InvalidSettings: `present` is another user.
        """
        if self.user_id != present.user_id:
            raise InvalidSettings(
                f"{place} holds the runs of {self}, and the Smashrun tokens are those of {present}. Nothing was changed: "
                f"authorise as {self.name} (`myrunstreak auth`), or set DUCKDB_PATH to another place for {present.name}."
            )
