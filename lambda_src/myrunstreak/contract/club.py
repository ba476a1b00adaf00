"""A club: many runners in one folder, each with a record under a prefix of their own, and where its parts are.

What belongs to one runner is written as the settings of one runner: nothing that keeps or answers a record knows that
there are others.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from myrunstreak.contract.environment import FromEnvironment
from myrunstreak.contract.layout import DATABASE_NAME, S3Location, parse_location
from myrunstreak.contract.references import FILE_PREFIX, PARAMETER_PREFIX, check_reference
from myrunstreak.contract.settings import REGION, RUNNER_ID, SIGNS, Settings
from myrunstreak.contract.tuning import MINIMUM_ACCEPTED, check_minimum, check_zone, parse_minimum_km

# Of the club itself.
CLUB_FOLDER: Final = "club"
REGISTRY_NAME: Final = "runners.json"
BOARD_NAME: Final = "board.json"
DISPATCHED_NAME: Final = "dispatched.json"
# What became of each runner when the state machine went over all of them.
OUTCOMES_FOLDER: Final = "rebuilds"
# Of each runner: a record under `runners/<id>/`, and beside it what one runner's stack keeps elsewhere.
RUNNERS_FOLDER: Final = "runners"
SYNC_STATE_NAME: Final = "sync-state.json"
KEYS_NAME: Final = "api-keys.json"
CHANNELS_NAME: Final = "channels.json"
SHARING_NAME: Final = "sharing.json"
TOKENS_NAME: Final = "tokens"

# Of the lake's tables in their bucket.
LAKE_NAMESPACE: Final = "myrunstreak"

_ID_LENGTH: Final = 26


def new_runner_id() -> str:
    """An id that says nothing about the runner and that no other has: 130 random bits."""
    return "".join(secrets.choice(SIGNS) for _ in range(_ID_LENGTH))


class Runner(BaseModel):
    """A runner of a club, as the registry knows one.

    Attributes:
        id: opaque; the only name under which a runner is known outside the registry.
        name: what the club calls them.
        timezone: an IANA zone, which decides the runner's day and when the sync is due.
        smashrun_id: Smashrun's own id of the runner, by which no runner is added twice; None where it has told none.
        added_at, left_at: UTC instants; `left_at`: they are being added or removed, and nothing may be done with
            their record.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern=RUNNER_ID)
    name: str = Field(min_length=1, max_length=40)
    timezone: Annotated[str, AfterValidator(check_zone)]
    smashrun_id: str | None = None
    added_at: datetime
    left_at: datetime | None = None


def _check_folder(value: str) -> str:
    location = parse_location(value)
    if isinstance(location, S3Location) and location.key and not location.key.endswith("/"):
        raise ValueError("a folder ends in a slash")
    return value


class ClubSettings(FromEnvironment):
    """Where the parts of a club are: what a deployment fills in, one field a variable."""

    others: ClassVar = Settings.variables()
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )

    club: Annotated[str, Field(max_length=1024), AfterValidator(_check_folder)] = Field(
        title="the club's folder",
        default="./data/club",
        description="s3://bucket/ with an optional prefix that ends in a slash, or a local folder",
    )
    club_secrets: str | None = Field(
        title="where the runners' tokens are kept; unset: in files beside each record",
        default=None,
        max_length=400,
        description="the path of SSM parameters, such as /myrunstreak/dev/runners",
    )
    club_replica: Annotated[str, Field(max_length=1024), AfterValidator(_check_folder)] | None = Field(
        title="the copy of the club's folder in another region, where there is one",
        default=None,
        description="s3://bucket/ with the club's own prefix",
    )
    club_replica_region: Annotated[str, Field(pattern=REGION)] | None = Field(
        default=None, description="the AWS region of that copy, such as us-west-2"
    )
    club_min_distance: Annotated[str, AfterValidator(check_minimum)] = Field(
        title="the club's rule: what a day needs to count on its board",
        default="any",
        max_length=16,
        description=MINIMUM_ACCEPTED,
    )
    runner_role: str | None = Field(
        default=None,
        max_length=256,
        pattern=r"^arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+$",
        description="the ARN of the role that a worker takes for one runner",
    )
    sync_queue: str | None = Field(
        default=None, max_length=512, description="the URL of the queue whose messages are syncs"
    )
    lake_queue: str | None = Field(
        default=None, max_length=512, description="the URL of the queue whose messages are new records"
    )
    lake_function: str | None = Field(
        default=None, max_length=256, description="the ARN of the function that writes the lake"
    )
    lake_tables: str | None = Field(
        default=None,
        max_length=256,
        pattern=r"^arn:aws:s3tables:[a-z0-9-]+:[0-9]{12}:bucket/[a-z0-9-]+$",
        description="the ARN of the table bucket",
    )
    lake_endpoint: str | None = Field(
        title="the Iceberg REST catalog of an emulator; unset: that of S3 Tables",
        default=None,
        max_length=512,
        description="an http(s) URL",
    )
    rebuild_machine: str | None = Field(
        default=None, max_length=256, description="the ARN of the state machine that goes over all runners"
    )

    @field_validator("club_secrets")
    @classmethod
    def _check_path(cls, value: str | None) -> str | None:
        return value and check_reference(value, is_parameter=True)

    @cached_property
    def folder(self) -> S3Location | Path:
        """The club's folder."""
        return parse_location(self.club)

    @property
    def own_folder(self) -> S3Location | Path:
        """The folder of what is the club's own: the registry, the board."""
        return _folder_in(self.folder, CLUB_FOLDER)

    @property
    def minimum_km(self) -> float:
        """The minimum of a run day on the board in km; 0 where any run counts."""
        return parse_minimum_km(self.club_min_distance)

    @property
    def own_replica(self) -> S3Location | Path | None:
        """The copy of the club's own folder in another region; None where there is none."""
        return self._replica(CLUB_FOLDER)

    @staticmethod
    def outcomes_in(own_folder: S3Location | Path) -> S3Location | Path:
        """The folder of what became of each runner, in the club's own folder or its copy."""
        return _folder_in(own_folder, OUTCOMES_FOLDER)

    def record_of(self, runner_id: str) -> S3Location | Path:
        """The folder of one runner's record."""
        return _folder_in(self.folder, f"{RUNNERS_FOLDER}/{runner_id}")

    def replica_of(self, runner_id: str) -> S3Location | Path | None:
        """The folder of its copy in another region; None where there is none."""
        return self._replica(f"{RUNNERS_FOLDER}/{runner_id}")

    def tokens_of(self, runner_id: str) -> str:
        """The reference of one runner's tokens."""
        if self.club_secrets is not None:
            return f"{PARAMETER_PREFIX}{self.club_secrets}/{runner_id}/{TOKENS_NAME}"
        return _refer(self.record_of(runner_id), f"{TOKENS_NAME}.json")

    def _replica(self, name: str) -> S3Location | Path | None:
        return None if self.club_replica is None else _folder_in(parse_location(self.club_replica), name)


def runner_settings(shared: Settings, club: ClubSettings, runner: Runner) -> Settings:
    """The settings of one runner: those that all share, with the places and the zone of this one."""
    record = club.record_of(runner.id)
    database = record.child(DATABASE_NAME) if isinstance(record, S3Location) else record / DATABASE_NAME
    return Settings.model_validate(
        shared.model_dump()
        | {
            "duckdb_path": str(database),
            "raw_archive": None,
            "tokens_secret": club.tokens_of(runner.id),
            "sync_state_secret": _refer(record, SYNC_STATE_NAME),
            "api_keys": _refer(record, KEYS_NAME),
            "notify_urls": _refer(record, CHANNELS_NAME),
            "runner_timezone": runner.timezone,
            "tenant": runner.id,
        }
    )


def _folder_in(folder: S3Location | Path, name: str) -> S3Location | Path:
    return folder.child(f"{name}/") if isinstance(folder, S3Location) else folder / name


def _refer(folder: S3Location | Path, name: str) -> str:
    return str(folder.child(name)) if isinstance(folder, S3Location) else f"{FILE_PREFIX}{folder / name}"
