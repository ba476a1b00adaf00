"""Where one region keeps a record, as the outputs of its stack name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from myrunstreak.contract.layout import DATABASE_NAME, S3Location, parse_location
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings


@dataclass(frozen=True)
class Home:
    """Bucket, secrets and function of one region.

    Attributes:
        sync_function: the function's name; empty for a replica, which has none.
    """

    region: str
    bucket: str
    tokens_secret: str
    sync_state_secret: str
    sync_function: str = ""

    @property
    def database(self) -> str:
        """The database, as `DUCKDB_PATH` names it."""
        return str(S3Location(self.bucket, DATABASE_NAME))

    @property
    def settings(self) -> Settings:
        """The settings under which the record is read here."""
        return Settings(
            duckdb_path=self.database,
            tokens_secret=self.tokens_secret,
            sync_state_secret=self.sync_state_secret,
            aws_region=self.region,
        )

    def replica(self, bucket: str, region: str) -> Home:
        """The copies of bucket and secrets in another region; the secrets' have the same names."""
        return replace(self, region=region, bucket=bucket, sync_function="")


@dataclass(frozen=True)
class Regions:
    """A stack with a second region: its home, the copies, and the note that says which region syncs."""

    first: Home
    copies: Home
    lease: S3Location


def home_of(stack: str, outputs: Mapping[str, Any]) -> Home:
    """The home that a stack's outputs describe.

    Raises:
        InvalidSettings: the stack is not up.
    """
    try:
        return Home(
            region=str(outputs["alarm_topic_arn"]).split(":")[3],
            bucket=str(outputs["bucket_name"]),
            tokens_secret=str(outputs["tokens_secret_name"]),
            sync_state_secret=str(outputs["sync_state_secret_name"]),
            sync_function=str(outputs["sync_function_name"]),
        )
    except (KeyError, IndexError):
        raise InvalidSettings(
            f"The stack {stack} has no outputs: it is not up. Check STACK, or `pulumi up`."
        ) from None


def regions_of(stack: str, outputs: Mapping[str, Any], replica_region: str) -> Regions:
    """A stack's two regions.

    Raises:
        InvalidSettings: the stack is not up, or has no second region.
    """
    first = home_of(stack, outputs)
    if not outputs.get("replica_bucket_name"):
        raise InvalidSettings(
            f"The stack {stack} has no copy in another region, so there is nothing to fall back on. For the next time: "
            f"`pulumi config set replica_region REGION --stack {stack}`, `pulumi up`."
        )
    lease = parse_location(str(outputs.get("lease") or "."))
    if not isinstance(lease, S3Location):
        raise InvalidSettings(
            f"The stack {stack} syncs without asking which region keeps the record, so two might. Let it ask: "
            f"`pulumi config rm lease --stack {stack}`, `pulumi up`."
        )
    return Regions(first, first.replica(str(outputs["replica_bucket_name"]), replica_region), lease)
