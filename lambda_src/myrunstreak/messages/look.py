"""Looks at Smashrun before anything is said: a short sync, whose outcome says whether all could be seen."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final, Protocol, cast

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.errors import AnotherRegion, SourceUnavailable
from myrunstreak.instants import parse_instant

# A short sync takes seconds; the rest of the function's time is for sending.
_PATIENCE_S: Final = 75


class Look(Protocol):
    """Asks Smashrun what is new and brings it into the record, with at most 4 requests."""

    def __call__(self) -> datetime | None:
        """Up to when the record is Smashrun's now; None where Smashrun was not read to the end.

        Raises:
            AnotherRegion: another region keeps the record, and tells the runner.
            MyRunStreakError: it could not be asked, or the record could not be written.
        """
        ...


class InvokedSync:
    """The sync's own function, started by its alias and waited for.

    Only one function holds tokens and writes the record; this one may only start it.

    Args:
        arn: of the alias.
    """

    def __init__(self, arn: str, region: str) -> None:
        self._arn = arn
        self._region = region

    def __call__(self) -> datetime | None:
        with aws_errors("the sync function", "start"):
            client = aws_client("lambda", self._region, read_timeout_s=_PATIENCE_S, tries=1)
            answer = client.invoke(FunctionName=self._arn, Payload=b'{"short": true}')
            result: Any = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or not isinstance(result, dict):
            raise SourceUnavailable("The sync failed; its own log says why.")
        said = cast("dict[str, Any]", result)
        if said.get("status") == "at_rest":
            raise AnotherRegion(str(said.get("reason")))
        return parse_instant(said.get("data_as_of"))
