"""The one configuration model: infrastructure renders it, the application reads it.

To what an operator may choose (``tuning``) it adds what a deployment fills in. Names, defaults and bounds exist in
these two only.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from myrunstreak.contract.environment import FromEnvironment
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
from myrunstreak.contract.references import check_object, check_reference
from myrunstreak.contract.tuning import Tuning

# Crockford's 32 signs, which cannot be mistaken for each other; 26 of them carry 130 bits.
SIGNS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
TENANT: Final = rf"[{SIGNS}]{{26}}"
RUNNER_ID: Final = f"^{TENANT}$"
REGION: Final = r"^[a-z]{2}(-[a-z]+)+-\d$"

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PARAMETERS: Final = ("api_keys", "notify_urls")


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


HttpsUrl = Annotated[str, AfterValidator(_check_url)]


class Settings(Tuning, FromEnvironment):
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
    duckdb_path: Annotated[str, AfterValidator(check_object)] = Field(
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
        description="a Secrets Manager id, ssm:NAME of a SecureString, s3://bucket/key, or file:PATH",
    )
    sync_state_secret: str = Field(
        title="where it is kept how far the sync has come",
        default="myrunstreak/sync-state",
        description="a Secrets Manager id, ssm:NAME of a SecureString, s3://bucket/key, or file:PATH",
    )
    api_keys: str | None = Field(
        default=None,
        max_length=1011,
        description="an SSM parameter's name, s3://bucket/key, or file:PATH: where the API's keys are kept as hashes",
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
    lease: Annotated[str, Field(max_length=1024), AfterValidator(check_object)] | None = Field(
        title="the note that says which of two regions syncs the record; unset: this one, without asking",
        default=None,
        description="s3://bucket/key or a local path",
    )
    lease_region: Annotated[str, Field(pattern=REGION)] | None = Field(
        title="where that note is; unset: AWS_REGION",
        default=None,
        description="an AWS region such as us-west-2",
    )
    tenant: Annotated[str, Field(pattern=RUNNER_ID)] | None = Field(
        title="what keys, codes and sign-ins begin with, where one address serves several records",
        default=None,
        description="26 lower-case letters and digits, none of them i, l, o or u",
    )
    aws_region: str = Field(
        title="where buckets, secrets and functions are",
        default="us-east-2",
        pattern=REGION,
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
        return value and check_reference(value, is_parameter=info.field_name in _PARAMETERS)

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
