"""A JSON document in an object on S3."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from myrunstreak.aws import aws_client, aws_errors, object_or_none
from myrunstreak.contract.layout import S3Location
from myrunstreak.raw_json import as_json
from myrunstreak.secrets.document import JsonDocument, parse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ObjectDocument(JsonDocument):
    """An object on S3.

    Args:
        remedy: what to do where it holds something else.
    """

    def __init__(self, location: S3Location, region: str, *, remedy: str) -> None:
        self._location = location
        self._region = region
        self._remedy = remedy

    @property
    def name(self) -> str:
        return str(self._location)

    def read(self) -> dict[str, object] | None:
        with self._errors("read"):
            answer = object_or_none(self._client, self._location.bucket, self._location.key)
            if answer is None:
                return None
            content = answer["Body"].read()
        return parse(content, self.name, self._remedy)

    def write(self, value: dict[str, object]) -> None:
        with self._errors("write"):
            self._client.put_object(
                Bucket=self._location.bucket,
                Key=self._location.key,
                Body=as_json(value),
                ContentType="application/json",
            )

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return aws_errors(self.name, action)

    @cached_property
    def _client(self) -> S3Client:
        return aws_client("s3", self._region, connect_timeout_s=3, read_timeout_s=10, tries=5)
