"""A JSON document in an SSM parameter: a String for what is no secret, else a SecureString."""

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
    """An SSM parameter; a standard one holds 4 KB, and costs nothing.

    Args:
        remedy: what to do where it holds something else.
        is_secret: it is a SecureString, under the account's own key for parameters.
    """

    limit_bytes = 4096

    def __init__(self, parameter: str, region: str, *, remedy: str, is_secret: bool = False) -> None:
        self._parameter = parameter
        self._region = region
        self._remedy = remedy
        self._is_secret = is_secret

    @property
    def name(self) -> str:
        return f"SSM parameter {self._parameter}"

    def read(self) -> dict[str, object] | None:
        with self._errors("read"):
            answer = answer_or_none(
                lambda: self._client.get_parameter(Name=self._parameter, WithDecryption=self._is_secret),
                {"ParameterNotFound"},
            )
        if answer is None:
            return None
        return parse(answer["Parameter"].get("Value", "").encode(), self.name, self._remedy)

    def write(self, value: dict[str, object]) -> None:
        text = as_json(value).decode()
        with self._errors("write"):
            self._client.put_parameter(
                Name=self._parameter,
                Value=text,
                Type="SecureString" if self._is_secret else "String",
                # A region has room for 10,000 standard ones: of many runners' tokens the further ones are advanced.
                Tier="Intelligent-Tiering" if self._is_secret else "Standard",
                Overwrite=True,
            )

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return aws_errors(f"the {self.name} in {self._region}", action)

    @cached_property
    def _client(self) -> SSMClient:
        return aws_client("ssm", self._region, connect_timeout_s=3, read_timeout_s=5, tries=3)
