"""The stack's configuration: the only reader of Pulumi's, with every bound checked before any resource is registered."""

from __future__ import annotations

import difflib
import re
import shlex
import socket
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.club import ClubSettings
from myrunstreak.contract.layout import DATABASE_NAME, S3Location, parse_location
from myrunstreak.contract.settings import HttpsUrl, Settings
from myrunstreak.contract.tuning import MINIMUM_ACCEPTED, Tuning, check_minimum
from myrunstreak.contract.unknown_names import did_you_mean
from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError, field_validator

from infra.config_values import read_secret_keys, read_values
from infra.contradictions import find_contradictions
from infra.naming import PROJECT, Names
from infra.package import Architecture, Kind, LambdaPackage, Packages, PackageUnusable, Runtime, find_package
from infra.schedules import ACCEPTED, EXTRA_ACCEPTED, parse_extra_times, runs_every_day

# China, the government's and the sovereign partitions have other ARNs, consoles and service sets.
REGIONS: Final = frozenset(
    region.value for region in aws.Region if re.match(r"(?!cn|eusc|.*-(gov|iso\w?)-)", region.value)
)
# Of the key lease: this region alone syncs, and asks no other.
NO_LEASE: Final = "none"
# What makes the command line ask whether a plain value was meant to be a secret, in its own words.
_LIKE_A_SECRET: Final = re.compile("(?i)passwd|pass|password|pwd|secret|token")
# The language host's exit code for a program that has told its error itself.
_ALREADY_TOLD: Final = 32
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
# With our parts and Pulumi's suffix the longest name, a role's, has to stay within 64 characters.
_STACK = re.compile(r"[a-z][a-z0-9-]{0,23}")
_RETENTION_DAYS = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class ConfigError(Exception):
    """The configuration cannot be used; the message is one line for each problem, with the command that helps."""


def _addresses(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",")))


def _parse_number(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value) else value


def _default(setting: str) -> str:
    return str(Settings.model_fields[setting].default)


RetentionDays = Annotated[_RETENTION_DAYS, BeforeValidator(_parse_number)]


class StackConfig(Tuning):
    """Every key of ``Pulumi.yaml``; each is read as text, and an empty text counts as unset."""

    alarm_email: str = Field(max_length=1000, description="an e-mail address, or several with commas between")
    message_email: str | None = Field(
        default=None,
        max_length=1000,
        description="an e-mail address, or several with commas between, or empty for those of alarm_email",
    )
    region: str = Field(default=_default("aws_region"), description="an AWS region such as us-east-2")
    replica_region: str | None = Field(default=None, description="another AWS region, or empty for none")
    lease: str | None = Field(
        default=None,
        max_length=1024,
        description="s3://bucket/key, where this stack stands in for one of another region; none; or empty for the "
        "replica's bucket",
    )
    standby: bool = Field(default=False, description="true or false")
    aws_endpoint: str | None = Field(
        default=None, max_length=512, description="the http(s) URL of an emulator, or empty for AWS itself"
    )
    schedule: str = Field(default="cron(0 6 * * ? *)", description=ACCEPTED)
    flexible_window_minutes: int = Field(
        default=15, ge=0, le=60, description="a whole number from 0 (on the minute) to 60"
    )
    extra_syncs: str = Field(default="22:00", description=EXTRA_ACCEPTED)
    architecture: Architecture = Field(default="arm64", description="arm64 or x86_64")
    runtime: Runtime = Field(default="python3.12", description="python3.12 or python3.13")
    memory_mb: int = Field(default=512, ge=256, le=10_240, description="a whole number from 256 to 10240")
    timeout_s: int = Field(default=300, ge=60, le=900, description="seconds, a whole number from 60 to 900")
    tmp_mb: int = Field(default=512, ge=512, le=10_240, description="a whole number from 512 to 10240")
    retry_attempts: int = Field(default=2, ge=0, le=2, description="0, 1 or 2")
    reserved_concurrency: int = Field(
        default=0, ge=0, le=10, description="a whole number from 0 (none reserved) to 10"
    )
    provisioned_concurrency: int = Field(
        default=0, ge=0, le=10, description="a whole number from 0 (none, and nothing to pay) to 10"
    )
    api_memory_mb: int = Field(default=512, ge=384, le=10_240, description="a whole number from 384 to 10240")
    api_timeout_s: int = Field(
        default=15,
        ge=3,
        le=29,
        description="seconds, a whole number from 3 to 29, which is as long as the gateway waits",
    )
    api_requests_per_second: int = Field(default=2, ge=1, le=40, description="a whole number from 1 to 40")
    log_retention_days: RetentionDays = Field(
        default=90, description="one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 180, 365, ... 3653"
    )
    monthly_budget_usd: int = Field(
        default=5, ge=1, le=100_000, description="a whole number of US dollars from 1 to 100000"
    )
    alarm_topic_key: bool = Field(default=False, description="true (for a dollar a month) or false")
    protect_data: bool = Field(default=True, description="true or false")
    secret_recovery_days: int = Field(
        default=30, ge=0, le=30, description="0 (deleted at once), or a whole number from 7 to 30"
    )
    smashrun_api_url: HttpsUrl = Field(
        default=_default("smashrun_api_url"), description="an https URL (http on loopback)"
    )
    smashrun_authorize_url: HttpsUrl = Field(
        default=_default("smashrun_authorize_url"), description="an https URL (http on loopback)"
    )
    smashrun_token_url: HttpsUrl = Field(
        default=_default("smashrun_token_url"), description="an https URL (http on loopback)"
    )
    runbook_url: str = Field(
        default="docs/operations.md",
        max_length=300,
        pattern=r"^[^\s()\[\]]+$",
        description="a path or URL without spaces and brackets, at most 300 characters",
    )
    club: bool = Field(default=False, description="true or false")
    club_min_distance: Annotated[str, AfterValidator(check_minimum)] = Field(
        default="any", max_length=16, description=MINIMUM_ACCEPTED
    )
    club_workers: int = Field(default=4, ge=2, le=100, description="a whole number from 2 to 100")
    lake_memory_mb: int = Field(
        default=2048, ge=1024, le=10_240, description="a whole number from 1024 to 10240"
    )
    athena_cutoff_gb: int = Field(default=10, ge=1, le=10_000, description="a whole number from 1 to 10000")
    _secret_keys: frozenset[str] = PrivateAttr(default=frozenset())

    @field_validator("alarm_email", "message_email")
    @classmethod
    def _check_addresses(cls, value: str | None) -> str | None:
        if value is not None and not all(map(_EMAIL.fullmatch, _addresses(value))):
            raise ValueError("not an e-mail address")
        return value

    @field_validator("region", "replica_region")
    @classmethod
    def _check_region(cls, value: str | None) -> str | None:
        if value is not None and value not in REGIONS:
            raise ValueError("unknown region")
        return value

    @field_validator("lease")
    @classmethod
    def _check_lease(cls, value: str | None) -> str | None:
        if value is not None and value != NO_LEASE:
            location = parse_location(value)
            if not isinstance(location, S3Location) or not location.key or location.key.endswith("/"):
                raise ValueError("not an object on S3")
        return value

    @field_validator("aws_endpoint")
    @classmethod
    def _check_endpoint(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
                raise ValueError("not an endpoint")
        return value and value.rstrip("/")

    @field_validator("schedule")
    @classmethod
    def _check_schedule(cls, value: str) -> str:
        if not runs_every_day(value):
            raise ValueError("not a daily schedule")
        return value

    @field_validator("extra_syncs")
    @classmethod
    def _check_times(cls, value: str) -> str:
        parse_extra_times(value)
        return value

    @field_validator("secret_recovery_days")
    @classmethod
    def _check_recovery(cls, value: int) -> int:
        if 0 < value < 7:
            raise ValueError("AWS accepts 0, or from 7 to 30")
        return value

    def check_endpoint_answers(self) -> None:
        """Look whether the emulator is there: the provider would try for a minute and end with a trace.

        Raises:
            ConfigError: nothing listens at ``aws_endpoint``.
        """
        if self.aws_endpoint is None:
            return
        parts = urlsplit(self.aws_endpoint)
        address = (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        try:
            socket.create_connection(address, timeout=5).close()
        except OSError as error:
            raise ConfigError(
                f"{PROJECT}:aws_endpoint is {self.aws_endpoint!r}, and nothing answers there "
                f"({error.strerror or error}); accepted: an emulator that runs, or empty for AWS itself. "
                "Fix it: pulumi config rm aws_endpoint, or start the emulator"
            ) from None

    @property
    def alarm_emails(self) -> list[str]:
        """Where alarms go: the addresses in order, each once."""
        return _addresses(self.alarm_email)

    @property
    def message_emails(self) -> list[str]:
        """Where the runner's messages go, likewise."""
        return _addresses(self.message_email or self.alarm_email)

    @property
    def alarm_endpoints(self) -> list[pulumi.Input[str]]:
        """``alarm_emails`` for a subscription: a secret of the state where the key is one."""
        return self._keep_secret("alarm_email", self.alarm_emails)

    @property
    def message_endpoints(self) -> list[pulumi.Input[str]]:
        """``message_emails``, likewise."""
        return self._keep_secret(
            "message_email" if self.message_email else "alarm_email", self.message_emails
        )

    def _keep_secret(self, key: str, values: list[str]) -> list[pulumi.Input[str]]:
        return [pulumi.Output.secret(value) if key in self._secret_keys else value for value in values]

    @property
    def lease_location(self) -> str | None:
        """The note of another stack that says which region syncs; None: there is none, or it is in the replica."""
        return None if self.lease == NO_LEASE else self.lease

    @property
    def has_messages(self) -> bool:
        """Whether the runner is reminded or told of the week."""
        return self.remind_at is not None or self.digest

    @property
    def extra_sync_times(self) -> list[str]:
        """When further syncs start, each as HH:MM."""
        return parse_extra_times(self.extra_syncs)

    @property
    def schedule_timezone(self) -> str:
        """The zone in which the schedules are read."""
        return self.runner_timezone or "UTC"

    def settings(self, bucket_name: str, **places: Any) -> Settings:
        """The application's settings; ``places`` are further fields, such as ``tokens_secret``."""
        shared = Settings.model_fields.keys() & type(self).model_fields.keys()
        return Settings(
            **self.model_dump(include=set(shared) - {"lease"}),
            aws_region=self.region,
            duckdb_path=str(S3Location(bucket_name, DATABASE_NAME)),
            **places,
        )

    def club_settings(self, bucket_name: str, **places: Any) -> ClubSettings:
        """Where the parts of a club are; ``places`` are further fields, such as ``sync_queue``."""
        if "lake_tables" in places and self.aws_endpoint:
            places["lake_endpoint"] = f"{self.aws_endpoint}/iceberg"
        return ClubSettings(
            club=str(S3Location(bucket_name, "")), club_min_distance=self.club_min_distance, **places
        )

    def packages(self, root: Path) -> Packages:
        """The built packages under ``root`` that the stack needs.

        Raises:
            ConfigError: see ``package``.
        """
        return Packages(self.package(root), self.package(root, "lake") if self.club else None)

    def package(self, root: Path, kind: Kind = "lambda") -> LambdaPackage:
        """A built package under ``root``.

        Raises:
            ConfigError: it is missing, stale, or built for another architecture or runtime.
        """
        try:
            return find_package(root, self.architecture, self.runtime, kind)
        except PackageUnusable as error:
            raise ConfigError(str(error)) from None

    @classmethod
    def parse(cls, values: Mapping[str, str], secret_keys: Set[str] = frozenset()) -> Self:
        """Read texts by key; those of ``secret_keys`` are shown in no message and in no state.

        Raises:
            ConfigError: one line for each problem: key, value, what is accepted, and the command.
        """
        known = {key: value.strip() for key, value in values.items() if value.strip()}
        try:
            config = cls.model_validate(known)
        except ValidationError as error:
            shown = known | dict.fromkeys(secret_keys & known.keys(), "[secret]")
            lines = [
                _describe_problem(str(problem["loc"][0]), shown, secret_keys)
                for problem in error.errors(include_input=False, include_url=False)
            ]
            raise ConfigError("\n".join(dict.fromkeys(lines))) from None
        if problems := find_contradictions(config):
            raise ConfigError("\n".join(problems))
        config._secret_keys = frozenset(secret_keys)
        return config


def read_stack(root: Path) -> tuple[Names, StackConfig, Packages]:
    """What the program starts from; where it cannot, the program ends here with the error's lines and no others."""
    try:
        names, config = load_config()
        config.check_endpoint_answers()
        return names, config, config.packages(root)
    except ConfigError as error:
        pulumi.log.error(str(error))
        raise SystemExit(_ALREADY_TOLD) from error


def load_config() -> tuple[Names, StackConfig]:
    """The names and the configuration of the stack that Pulumi runs.

    Raises:
        ConfigError: see ``StackConfig.parse``; also a stack whose name cannot be part of resource names.
    """
    stack = pulumi.get_stack()
    if not _STACK.fullmatch(stack):
        raise ConfigError(
            f"The stack is named {stack!r}, and its name becomes part of bucket names; accepted: lower-case letters, "
            f"digits and dashes, at most 24. Fix it: pulumi stack rename {_usable_name(stack)}"
        )
    values = {"environment": stack} | {key: value for key, value in read_values().items() if value.strip()}
    return Names(stack), StackConfig.parse(values, read_secret_keys())


def _describe_problem(key: str, known: Mapping[str, str], secret_keys: Set[str]) -> str:
    if key == "notify_urls":
        # Already in the stack's file: here at least it is not shown.
        return (
            f"{PROJECT}:{key} does not belong in the configuration, since the addresses of channels are secrets; "
            f"accepted: nothing. Fix it: pulumi config rm {key}, and then make channel STACK={pulumi.get_stack()}"
        )
    field = StackConfig.model_fields.get(key)
    if field is None:
        meant = did_you_mean(key, StackConfig.model_fields)
        return f"{PROJECT}:{key} is not a key of this program.{meant} Fix it: pulumi config rm {key}"
    near = difflib.get_close_matches(known.get(key, ""), sorted(REGIONS), 1) if "region" in key else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    value = repr(known[key]) if key in known else "not set"
    command = _command(key, near[0] if near else field.default, secret=key in secret_keys)
    return f"{PROJECT}:{key} is {value}; accepted: {field.description}{hint}. Fix it: {command}"


def _command(key: str, value: Any, *, secret: bool) -> str:
    """What sets a key to a value that is accepted, or removes it where none is the default."""
    if key.endswith("_email"):
        return f"pulumi config set {key} you@example.org --secret"
    if value is None or key == "environment":  # by default the stack's own name
        return f"pulumi config rm {key}"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    plain = " --plaintext" if isinstance(value, str) and _LIKE_A_SECRET.search(key) else ""
    return f"pulumi config set {key} {shlex.quote(text)}{' --secret' if secret else plain}"


def _usable_name(stack: str) -> str:
    """The nearest name that a stack may have."""
    name = re.sub(r"[^a-z0-9-]", "-", stack.lower()).lstrip("-0123456789")
    return name[:24] or "mine"
