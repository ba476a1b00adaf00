"""The one configuration model: infrastructure renders it, the application reads it.

To what an operator may choose (``tuning``) it adds what a deployment fills in. Names, defaults and bounds exist in
these two only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from myrunstreak.contract.layout import (
    MESSAGES_FOLDER,
    PAGE_FOLDER,
    RAW_FOLDER,
    RECORDINGS_FOLDER,
    SESSIONS_FOLDER,
    S3Location,
    beside,
    parse_location,
)
from myrunstreak.contract.tuning import Tuning
from myrunstreak.contract.unknown_names import refuse_near_misses
from myrunstreak.errors import InvalidSettings

FILE_PREFIX: Final = "file:"
_REGION: Final = r"^[a-z]{2}(-[a-z]+)+-\d$"

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PARAMETER_NAME = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_PARAMETERS: Final = ("api_keys", "notify_urls")
_SECRET_ID = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,512}")


def is_loopback(url: str) -> bool:
    """Whether a URL points to this very machine."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


def _check_url(value: str) -> str:
    parts = urlsplit(value)
    # Tokens travel in headers: plain http is for this machine only.
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(value))):
        raise ValueError("expected https://, or http:// on loopback")
    if parts.username or parts.password or parts.query or parts.fragment or re.search(r"\s", value):
        raise ValueError("a URL without credentials, query or fragment")
    return value.rstrip("/")


def _check_location(value: str) -> str:
    parse_location(value)
    return value


def _check_object(value: str) -> str:
    location = parse_location(value)
    if isinstance(location, S3Location) and (not location.key or location.key.endswith("/")):
        raise ValueError("the key of the object is missing")
    return value


HttpsUrl = Annotated[str, AfterValidator(_check_url)]


class Settings(Tuning):
    """Every setting of the application, one field a variable.

    A field's description says what is accepted; where that alone does not say what it is for, its title does.
    """

    smashrun_client_id: str | None = Field(
        default=None, max_length=256, description="the registered app's id"
    )
    smashrun_client_secret: SecretStr | None = Field(default=None, description="the registered app's secret")
    smashrun_redirect_uri: str = Field(
        default="http://localhost:8000/callback",
        max_length=512,
        description="the redirect URI of the registration",
    )
    smashrun_api_url: HttpsUrl = Field(
        title="where Smashrun answers", default="https://api.smashrun.com/v1", description="an https URL"
    )
    smashrun_authorize_url: HttpsUrl = Field(
        title="where Smashrun asks for your consent",
        default="https://secure.smashrun.com/oauth2/authenticate",
        description="an https URL",
    )
    smashrun_token_url: HttpsUrl = Field(
        title="where Smashrun gives tokens",
        default="https://secure.smashrun.com/oauth2/token",
        description="an https URL",
    )
    duckdb_path: Annotated[str, AfterValidator(_check_object)] = Field(
        title="the database",
        default="./data/runs.duckdb",
        max_length=1024,
        description="s3://bucket/key or a local path",
    )
    raw_archive: Annotated[str, Field(max_length=1024), AfterValidator(_check_location)] | None = Field(
        title="every answer of Smashrun's; by default the folder raw beside the database",
        default=None,
        description="s3://bucket/prefix/ or a local folder",
    )
    tokens_secret: str = Field(
        title="where the tokens are kept",
        default="myrunstreak/smashrun/tokens",
        description="a Secrets Manager id, or file:PATH",
    )
    sync_state_secret: str = Field(
        title="where it is kept how far the sync has come",
        default="myrunstreak/sync-state",
        description="a Secrets Manager id, or file:PATH",
    )
    api_keys: str | None = Field(
        default=None,
        max_length=1011,
        description="an SSM parameter's name, or file:PATH: where the API's keys are kept as hashes",
    )
    sync_function: str | None = Field(
        default=None,
        max_length=256,
        pattern=r"^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_:-]+$",
        description="the ARN of the function that syncs, where the API may start it",
    )
    messages_topic: str | None = Field(
        default=None,
        max_length=400,
        pattern=r"^arn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$",
        description="the ARN of the SNS topic whose subscribers get the messages",
    )
    notify_urls: str | None = Field(
        default=None,
        max_length=1011,
        description="an SSM parameter's name, or file:PATH: where the addresses of further channels are kept",
    )
    lease: Annotated[str, Field(max_length=1024), AfterValidator(_check_object)] | None = Field(
        title="the note that says which of two regions syncs the record; unset: this one, without asking",
        default=None,
        description="s3://bucket/key or a local path",
    )
    lease_region: Annotated[str, Field(pattern=_REGION)] | None = Field(
        title="where that note is; unset: AWS_REGION",
        default=None,
        description="an AWS region such as us-west-2",
    )
    aws_region: str = Field(
        title="where buckets, secrets and functions are",
        default="us-east-2",
        pattern=_REGION,
        description="an AWS region such as us-east-2",
    )

    @field_validator("smashrun_client_secret")
    @classmethod
    def _check_secret(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value().strip() if value else ""
        if value is not None and not 1 <= len(text) <= 512:
            raise ValueError("from 1 to 512 characters")
        return SecretStr(text) if value else None

    @field_validator("remind_at")
    @classmethod
    def _check_zone_of_times(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("runner_timezone") is None:
            raise ValueError("times of no zone")
        return value

    @field_validator("tokens_secret", "sync_state_secret", "api_keys", "notify_urls")
    @classmethod
    def _check_reference(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if value.startswith(FILE_PREFIX):
            if not value.removeprefix(FILE_PREFIX).strip():
                raise ValueError("the path after file: is missing")
        elif not (_PARAMETER_NAME if info.field_name in _PARAMETERS else _SECRET_ID).fullmatch(value):
            raise ValueError("not a name that AWS accepts")
        return value

    @cached_property
    def database(self) -> S3Location | Path:
        """Where the database lies."""
        return parse_location(self.duckdb_path)

    @cached_property
    def archive(self) -> S3Location | Path:
        """Where the raw archive lies; beside the database unless set."""
        return parse_location(self.raw_archive) if self.raw_archive else beside(self.database, RAW_FOLDER)

    @cached_property
    def recordings(self) -> S3Location | Path:
        """Where the recordings lie: beside the database."""
        return beside(self.database, RECORDINGS_FOLDER)

    @cached_property
    def page(self) -> S3Location | Path:
        """Where the runner's page lies: beside the database."""
        return beside(self.database, PAGE_FOLDER)

    @cached_property
    def sessions(self) -> S3Location | Path:
        """Where it is kept who is signed in to the page: beside the database."""
        return beside(self.database, SESSIONS_FOLDER)

    @cached_property
    def messages(self) -> S3Location | Path:
        """Where it is kept which messages have been sent: beside the database."""
        return beside(self.database, MESSAGES_FOLDER)

    @property
    def source_name(self) -> str:
        """A short name of the record's origin: Smashrun's host, or ``loopback`` for a local stand-in."""
        return (
            "loopback"
            if is_loopback(self.smashrun_api_url)
            else str(urlsplit(self.smashrun_api_url).hostname)
        )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings from environment variables; empty ones count as unset.

        Raises:
            InvalidSettings: one line that names the variable, the value seen (never a secret's)
                and what is accepted; also for a variable that is nearly one of these.
        """
        refuse_near_misses(env, cls.variables())
        known = cls._given(env)
        try:
            return cls.model_validate(known)
        except ValidationError as error:
            problems = "; ".join(_explain(cls, known, error).values())
            raise InvalidSettings(f"Settings cannot be understood: {problems}.") from None

    @classmethod
    def problems(cls, env: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with each variable that cannot be understood, by its name."""
        known = cls._given(env)
        try:
            cls.model_validate(known)
        except ValidationError as error:
            return _explain(cls, known, error)
        return {}

    @classmethod
    def _given(cls, env: Mapping[str, str]) -> dict[str, str]:
        """The variables that say something, by their fields."""
        return {
            name: env[name.upper()].strip() for name in cls.model_fields if env.get(name.upper(), "").strip()
        }

    @classmethod
    def variables(cls) -> frozenset[str]:
        """The names of all variables."""
        return frozenset(name.upper() for name in cls.model_fields)

    def to_env(self) -> dict[str, str]:
        """The environment variables that ``from_env`` reads back to an equal model."""
        env: dict[str, str] = {}
        for name in type(self).model_fields:
            value: Any = getattr(self, name)
            if value is not None:
                env[name.upper()] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        return env


def _explain(model: type[BaseModel], seen: Mapping[str, str], error: ValidationError) -> dict[str, str]:
    """For each variable that is wrong what it is and what is accepted, without a full stop."""
    lines: dict[str, str] = {}
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0])
        value = show_value(name, seen.get(name, ""))
        lines[name.upper()] = f"{name.upper()} is {value}; accepted: {model.model_fields[name].description}"
    return lines


def show_value(name: str, value: str) -> str:
    """A field's value for a message, in quotes: never a secret, also not one that was put in the wrong place."""
    if name == "notify_urls" and ":" in value and not value.startswith(FILE_PREFIX):
        return "(hidden)"
    misplaced = re.search(r"[@?#]", value) if name.endswith(("_url", "_uri")) else re.search(r'[{"]', value)
    return "(hidden)" if name == "smashrun_client_secret" or misplaced else repr(value)
