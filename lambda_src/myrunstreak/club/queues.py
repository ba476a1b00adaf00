"""Messages to a club's queues: sent in tens, and what the queue did not take is sent again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel

from myrunstreak.aws import acting_with, aws_client, aws_errors
from myrunstreak.errors import StoreUnavailable

_MOST_AT_ONCE: Final = 10
_TRIES: Final = 4


@dataclass(frozen=True)
class Outgoing:
    """A message, and for how many seconds (900 at most) the queue holds it back."""

    message: BaseModel
    delay_s: int = 0


class Queue:
    """A queue, reached with the process's own rights."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        with acting_with(None):
            self._client: Any = aws_client("sqs", region, connect_timeout_s=3, read_timeout_s=10)

    def send(self, messages: Iterable[Outgoing]) -> int:
        """Send messages; how many.

        Raises:
            StoreUnavailable: the queue did not take them all: those before were sent.
            InvalidSettings: it may not be used.
        """
        sent, rest = 0, iter(messages)
        while batch := list(islice(rest, _MOST_AT_ONCE)):
            self._send(batch)
            sent += len(batch)
        return sent

    def _send(self, batch: list[Outgoing]) -> None:
        left = dict(_entries(batch))
        for _ in range(_TRIES):
            with aws_errors(f"the queue {self._url}", "send to"):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=[*left.values()])
            refused = {one["Id"] for one in answer.get("Failed", [])}
            left = {name: entry for name, entry in left.items() if name in refused}
            if not left:
                return
        raise StoreUnavailable(f"The queue {self._url} did not take {len(left)} messages. Try later.")


def _entries(batch: list[Outgoing]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, one in enumerate(batch):
        body = one.message.model_dump_json(exclude_defaults=True)
        yield str(number), {"Id": str(number), "MessageBody": body, "DelaySeconds": one.delay_s}
