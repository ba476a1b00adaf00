"""Objects under a prefix of a versioned S3 bucket, written only on conditions.

A write carries an identity of its own in the object's metadata. When the reply to a successful write is
lost, the client's retry is refused for its own write: the identity tells that from another's.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.aws import answer_or_none, aws_client, aws_errors, error_code, is_absent
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import StoreUnavailable
from myrunstreak.store.blobs.port import Kept, Superseded, Version

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WRITE_ID: Final = "myrunstreak-write-id"
_NOTE: Final = "myrunstreak-note"
_ABSENT = {"NoSuchKey", "404", "NotFound"}
# A label that no version has, that is no label, or that is a deletion's.
_NO_SUCH_VERSION = {"NoSuchVersion", "InvalidArgument", "400", "MethodNotAllowed", "405"}
# 412: the condition does not hold; 409: two conditional writes met; NoSuchKey: If-Match on nothing.
_LOST = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "404"}
_THERE_ALREADY = {"PreconditionFailed", "412"}
_WRITES_MET = {"ConditionalRequestConflict", "409"}
_READ_ATTEMPTS = 3
_ADD_ATTEMPTS = 6
_BETWEEN_ADDS_S = 0.2


class S3Blobs:
    """The prefix ``location.key`` of a bucket.

    Args:
        read_timeout_s, tries: how long, and how often, a request may go unanswered.
        is_reader: S3's 403 is an error, without asking whether the object is there at all.
        sleep: waits so many seconds between two tries to add.
    """

    def __init__(
        self,
        location: S3Location,
        region: str,
        client: S3Client | None = None,
        *,
        read_timeout_s: int = 60,
        tries: int = 4,
        is_reader: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._is_reader = is_reader
        self._sleep = sleep
        self._read_timeout_s = read_timeout_s
        self._tries = tries
        self._location = location
        self._region = region
        self._given_client = client
        self._around: S3Blobs | None = None

    def within(self, folder: str) -> S3Blobs:
        inner = S3Blobs(
            self._location.child(f"{folder}/"),
            self._region,
            self._given_client,
            read_timeout_s=self._read_timeout_s,
            tries=self._tries,
            is_reader=self._is_reader,
            sleep=self._sleep,
        )
        # One client for both: making another takes longer than a small object.
        inner._around = self
        return inner

    @cached_property
    def _client(self) -> S3Client:
        if self._given_client is not None:
            return self._given_client
        if self._around is not None:
            return self._around._client
        with aws_errors(str(self._location), "reach"):
            return aws_client("s3", self._region, read_timeout_s=self._read_timeout_s, tries=self._tries)

    @property
    def place(self) -> str:
        return str(self._location)

    def fetch(self, name: str, to: Path, known: Version | None = None) -> Version | None:
        condition: dict[str, Any] = {"IfNoneMatch": known.tag} if known else {}
        return self._download(name, to, condition, known)

    def earlier(self, name: str) -> list[Kept]:
        where = self._location.child(name)
        pages: Any = self._client.get_paginator("list_object_versions").paginate(
            Bucket=where.bucket, Prefix=where.key
        )
        with aws_errors(str(where), "list the versions of"):
            found = [
                Kept(name, entry["LastModified"].astimezone(UTC), entry["Size"], entry["VersionId"])
                for page in pages
                for entry in page.get("Versions", [])
                if entry["Key"] == where.key and not entry["IsLatest"]
            ]
        return sorted(found, key=lambda one: one.written_at, reverse=True)

    def fetch_earlier(self, name: str, version: str, to: Path) -> bool:
        return self._download(name, to, {"VersionId": version}) is not None

    def _download(
        self, name: str, to: Path, which: dict[str, Any], known: Version | None = None
    ) -> Version | None:
        from botocore.exceptions import (
            ClientError,
            FlexibleChecksumError,
            IncompleteReadError,
            ReadTimeoutError,
            ResponseStreamingError,
        )

        where = self._location.child(name)
        absent = _ABSENT | _NO_SUCH_VERSION if "VersionId" in which else _ABSENT
        for attempt in range(1, _READ_ATTEMPTS + 1):
            try:
                with aws_errors(str(where), "read"):
                    try:
                        answer = self._client.get_object(Bucket=where.bucket, Key=where.key, **which)
                    except ClientError as error:
                        code = error_code(error)
                        if code in {"304", "NotModified"}:
                            return known
                        if code in absent or self._is_absent(where, error, which):
                            return None
                        raise
                with to.open("wb") as target:
                    for chunk in answer["Body"].iter_chunks(1 << 20):
                        target.write(chunk)
                return _version(answer)
            except (
                FlexibleChecksumError,
                IncompleteReadError,
                ReadTimeoutError,
                ResponseStreamingError,
            ) as error:
                # The body broke on its way; the object itself may be whole.
                if attempt == _READ_ATTEMPTS:
                    raise StoreUnavailable(
                        f"Cannot read {where}: its body arrived damaged {attempt} times ({type(error).__name__}). "
                        "Nothing was changed; try later."
                    ) from None
        raise AssertionError("unreachable")

    def _is_absent(self, where: S3Location, error: Exception, which: Mapping[str, Any]) -> bool:
        """Whether a refusal means that there is no such object. A reader asks nothing more: it may not list."""
        if self._is_reader or "VersionId" in which:
            return False
        return is_absent(self._client, where.bucket, where.key, error)

    def read(self, name: str) -> bytes:
        where = self._location.child(name)
        with aws_errors(str(where), "read"):
            return self._client.get_object(Bucket=where.bucket, Key=where.key)["Body"].read()

    def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
        where = self._location.child(name)
        write_id = uuid.uuid4().hex
        metadata = {WRITE_ID: write_id} | ({_NOTE: note} if note else {})
        condition: dict[str, Any] = {"IfMatch": expected.tag} if expected else {"IfNoneMatch": "*"}
        with source.open("rb") as body:
            try:
                with aws_errors(str(where), "write"):
                    return self._put(where, body, metadata, condition)
            except (Superseded, StoreUnavailable):
                if mine := self._written_as(where, write_id):
                    return mine
                raise

    def _put(
        self, where: S3Location, body: Any, metadata: dict[str, str], condition: dict[str, Any]
    ) -> Version:
        answer = answer_or_none(
            lambda: self._client.put_object(
                Bucket=where.bucket, Key=where.key, Body=body, Metadata=metadata, **condition
            ),
            _LOST,
        )
        if answer is None:
            raise Superseded(f"{where} was changed by another writer")
        return _version({**answer, "Metadata": metadata})

    def _written_as(self, where: S3Location, write_id: str) -> Version | None:
        """The object's version where the write ``write_id`` made it."""
        # 403: there is none, or another's may not be read; either way it is not known to be this write's.
        with aws_errors(str(where), "read"):
            head = answer_or_none(
                lambda: self._client.head_object(Bucket=where.bucket, Key=where.key), {*_ABSENT, "403"}
            )
        if head is None or head["Metadata"].get(WRITE_ID) != write_id:
            return None
        return _version(head)

    def add(self, name: str, content: bytes) -> None:
        from botocore.exceptions import ClientError

        where = self._location.child(name)
        for attempt in range(1, _ADD_ATTEMPTS + 1):
            with aws_errors(str(where), "write"):
                try:
                    self._client.put_object(Bucket=where.bucket, Key=where.key, Body=content, IfNoneMatch="*")
                    return
                except ClientError as error:
                    code = error_code(error)
                    # Names carry a hash of the content: what is there already is the same.
                    if code in _THERE_ALREADY:
                        return
                    # Another write of the same name is under way: it may win, or fail and leave the place empty.
                    if code not in _WRITES_MET:
                        raise
                    if attempt == _ADD_ATTEMPTS:
                        if self._holds(where, content):
                            return
                        raise
            self._sleep(attempt * _BETWEEN_ADDS_S)

    def _holds(self, where: S3Location, content: bytes) -> bool:
        answer = answer_or_none(lambda: self._client.get_object(Bucket=where.bucket, Key=where.key), _ABSENT)
        return answer is not None and answer["Body"].read() == content

    def put(self, name: str, content: bytes) -> None:
        where = self._location.child(name)
        with aws_errors(str(where), "write"):
            self._client.put_object(Bucket=where.bucket, Key=where.key, Body=content)

    def names(self, after: str = "") -> Iterator[str]:
        prefix = self._location.child("").key
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._location.bucket, Prefix=prefix, StartAfter=f"{prefix}{after}"
        )
        with aws_errors(str(self._location), "list"):
            for page in pages:
                for entry in page.get("Contents", []):
                    yield entry.get("Key", "").removeprefix(prefix)

    def kept(self) -> Iterator[Kept]:
        prefix = self._location.child("").key
        pages: Any = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._location.bucket, Prefix=prefix
        )
        with aws_errors(str(self._location), "list"):
            for page in pages:
                for entry in page.get("Contents", []):
                    name = entry["Key"].removeprefix(prefix)
                    yield Kept(name, entry["LastModified"].astimezone(UTC), entry["Size"])


def _version(answer: Mapping[str, Any]) -> Version:
    return Version(answer["ETag"], answer.get("VersionId", ""), answer.get("Metadata", {}).get(_NOTE, ""))
