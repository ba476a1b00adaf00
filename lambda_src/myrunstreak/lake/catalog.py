"""The lake's catalog: a table bucket's tables through DuckDB, and what only the bucket itself can do with them."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from myrunstreak.aws import aws_client, aws_credentials, aws_errors
from myrunstreak.contract.club import LAKE_NAMESPACE
from myrunstreak.errors import InvalidSettings, StoreConflict, StoreUnavailable
from myrunstreak.lake.extensions import connect
from myrunstreak.store.machine_errors import machine_errors

if TYPE_CHECKING:
    import duckdb

NAMESPACE: Final = LAKE_NAMESPACE
_DATABASE: Final = "lake"
_SERVICE: Final = "s3tables"
_DENIED: Final = re.compile(r"Forbidden_403|Unauthorized_401|AccessDenied|HTTP 403", re.IGNORECASE)
_CONFLICT: Final = re.compile(r"Conflict_409|CommitFailedException")
_MISSING: Final = re.compile(r"NotFound_404|Schema with name .* not found")


# The bucket, or the namespace in it.
_NOT_THERE: Final = f"it, or its namespace {NAMESPACE}, is missing. Check LAKE_TABLES, or run `pulumi up`."


class LakeConflict(StoreConflict):
    """Another engine committed to a table first: read again, apply again."""


@dataclass(frozen=True)
class Bucket:
    """Where the lake is.

    Attributes:
        arn: of the table bucket.
        endpoint: the URL of an emulator's Iceberg REST catalog; None: that of S3 Tables.
    """

    arn: str
    region: str
    endpoint: str | None = None


def full_name(table: str) -> str:
    """A table's name in statements."""
    return f"{_DATABASE}.{NAMESPACE}.{table}"


class Catalog:
    """The tables of the lake.

    Args:
        scratch: a local folder for what does not fit into memory.
        memory_mb: memory of the whole process, where it is limited.
    """

    def __init__(self, bucket: Bucket, scratch: Path, memory_mb: int | None = None) -> None:
        self._bucket = bucket
        self._scratch = scratch
        self._memory_mb = memory_mb
        self._attached = False

    @contextmanager
    def read_newest(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A connection that sees the tables as they are now; nothing of an earlier one's state is left in it.

        Raises:
            LakeConflict: another engine committed first.
            InvalidSettings: AWS denies it, or there is no such bucket or namespace.
            StoreUnavailable: it does not answer, or this machine has no room.
        """
        with self._errors():
            self._attach()
            try:
                yield self._connection
            except BaseException:
                self._roll_back()
                raise

    def names(self) -> list[str]:
        """The tables that there are."""
        with aws_errors(self._bucket.arn, "list the tables of", {"NotFoundException": _NOT_THERE}):
            pages = self._tables.get_paginator("list_tables").paginate(
                tableBucketARN=self._bucket.arn, namespace=NAMESPACE
            )
            return sorted(str(table["name"]) for page in pages for table in page["tables"])

    def rename(self, table: str, name: str) -> None:
        """Give a table another name."""
        with aws_errors(f"{self._bucket.arn}, table {table}", "rename"):
            self._tables.rename_table(
                tableBucketARN=self._bucket.arn, namespace=NAMESPACE, name=table, newName=name
            )

    def drop(self, table: str) -> None:
        """Delete a table with all its files, those of earlier states too."""
        with aws_errors(f"{self._bucket.arn}, table {table}", "delete"):
            self._tables.delete_table(tableBucketARN=self._bucket.arn, namespace=NAMESPACE, name=table)

    def close(self) -> None:
        """Close the connection."""
        if "_connection" in self.__dict__:
            self._connection.close()

    @cached_property
    def _tables(self) -> Any:
        return aws_client(_SERVICE, self._bucket.region)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = connect(self._scratch, self._memory_mb)
        # DuckDB does not read the variable, and looks for the system's list only in some places.
        connection.execute("SET ca_cert_file = ?", [_certificates()])
        return connection

    def _attach(self) -> None:
        """Attach the bucket again, with credentials that have not run out."""
        self._roll_back()
        if self._attached:
            self._connection.execute(f"DETACH {_DATABASE}")
            self._attached = False
        options = "ENDPOINT_TYPE s3_tables"
        secret = {"key_id": "$key", "secret": "$secret", "region": "$region"}
        if self._bucket.endpoint:
            options = (
                f"ENDPOINT '{_quoted(self._bucket.endpoint)}', AUTHORIZATION_TYPE sigv4, SIGV4_SERVICE '{_SERVICE}', "
                f"SIGV4_REGION '{_quoted(self._bucket.region)}', ACCESS_DELEGATION_MODE none"
            )
            address = urlsplit(self._bucket.endpoint)
            secret |= {
                "endpoint": f"'{_quoted(address.netloc)}'",
                "url_style": "'path'",
                "use_ssl": str(address.scheme == "https"),
            }
        key = aws_credentials()
        values = {"key": key.access_key, "secret": key.secret_key, "region": self._bucket.region}
        if key.token:
            secret |= {"session_token": "$token"}
            values["token"] = key.token
        parts = ", ".join(f"{name} {value}" for name, value in secret.items())
        self._connection.execute(f"CREATE OR REPLACE SECRET lake_key (TYPE s3, {parts})", values)
        self._connection.execute(
            f"ATTACH '{_quoted(self._bucket.arn)}' AS {_DATABASE} (TYPE iceberg, {options}, SECRET lake_key)"
        )
        self._attached = True

    def _roll_back(self) -> None:
        import duckdb

        if "_connection" in self.__dict__:
            try:
                self._connection.execute("ROLLBACK")
            except duckdb.Error:
                return  # no transaction is open

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Turn DuckDB's errors into ours."""
        import duckdb

        try:
            with machine_errors("the folder for the lake's temporary files", self._memory_mb):
                yield
        except duckdb.Error as error:
            text = str(error)
            reason = " ".join(text.splitlines()[:2])
            if _CONFLICT.search(text):
                raise LakeConflict(f"Another engine changed {self._bucket.arn} at the same time.") from error
            if _DENIED.search(text):
                raise InvalidSettings(
                    f"Cannot use {self._bucket.arn}: AWS denies it ({reason}). Check the role's policy and the "
                    "credentials."
                ) from error
            if _MISSING.search(text):
                raise InvalidSettings(f"Cannot use {self._bucket.arn}: {_NOT_THERE} ({reason})") from error
            raise StoreUnavailable(
                f"Cannot use {self._bucket.arn}: {reason}. What was committed stays; the rest is tried again."
            ) from error


def _certificates() -> str:
    import certifi

    return os.environ.get("AWS_CA_BUNDLE") or certifi.where()


def _quoted(text: str) -> str:
    return text.replace("'", "''")
