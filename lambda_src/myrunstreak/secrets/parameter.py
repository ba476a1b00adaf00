"""A JSON document in an SSM parameter of type String, for what is no secret."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from myrunstreak.aws import answer_or_none, aws_client, aws_errors
from myrunstreak.raw_json import as_json
from myrunstreak.secrets.document import JsonDocument, parse

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class ParameterDocument(JsonDocument):
    """An SSM parameter; a standard one holds 4 KB.

    Args:
        remedy: what to do where it holds something else.
    """

    limit_bytes = 4096

    def __init__(self, parameter: str, region: str, *, remedy: str) -> None:
        self._parameter = parameter
        self._region = region
        self._remedy = remedy

    @property
    def name(self) -> str:
        return f"SSM parameter {self._parameter}"

    def read(self) -> dict[str, object] | None:
        with self._errors("read"):
            answer = answer_or_none(
                lambda: self._client.get_parameter(Name=self._parameter), {"ParameterNotFound"}
            )
        if answer is None:
            return None
        return parse(answer["Parameter"].get("Value", "").encode(), self.name, self._remedy)

    def write(self, value: dict[str, object]) -> None:
        text = as_json(value).decode()
        with self._errors("write"):
            self._client.put_parameter(Name=self._parameter, Value=text, Type="String", Overwrite=True)

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return aws_errors(f"the {self.name} in {self._region}", action)

    @cached_property
    def _client(self) -> SSMClient:
        return aws_client("ssm", self._region, connect_timeout_s=3, read_timeout_s=5, tries=3)
