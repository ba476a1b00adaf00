"""A JSON document in an AWS Secrets Manager secret."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

from myrunstreak.aws import answer_or_none, aws_client, aws_errors
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.secrets.document import TOKENS_REMEDY, DamagedDocument, JsonDocument, parse, render

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# There is no container, or one without a value yet.
_ABSENT: Final = {"ResourceNotFoundException"}
_NO_SUCH_ID: Final = "AWS does not accept this id. Check TOKENS_SECRET and SYNC_STATE_SECRET."
_SSO_ENDED: Final = "the SSO session has ended. Log in again."
_NEXT_STEPS: Final = {
    "AccessDeniedException": "AWS denies it. Allow secretsmanager:GetSecretValue and PutSecretValue on it "
    "(CreateSecret where it does not exist yet) to this role or user.",
    "DecryptionFailure": "its KMS key cannot be used. Allow kms:Decrypt on it.",
    "EncryptionFailure": "its KMS key cannot be used. Allow kms:GenerateDataKey on it.",
    "InvalidRequestException": "it is marked for deletion, or AWS does not accept the request. "
    "Restore it with `aws secretsmanager restore-secret`.",
    "InvalidParameterException": _NO_SUCH_ID,
    "ValidationException": _NO_SUCH_ID,
    "ParamValidationError": "this is no secret id. Check TOKENS_SECRET and SYNC_STATE_SECRET.",
    "LimitExceededException": "a quota of the account is used up. Remove what is not needed.",
    "ValueError": "the endpoint is no URL. Check AWS_ENDPOINT_URL and AWS_REGION.",
    "InvalidRegionError": "there is no such region. Check AWS_REGION.",
    "UnauthorizedSSOTokenError": _SSO_ENDED,
    "SSOTokenLoadError": _SSO_ENDED,
    "TokenRetrievalError": _SSO_ENDED,
    "CredentialRetrievalError": "no AWS credentials could be obtained. Check the profile.",
}


class SecretDocument(JsonDocument):
    """A secret in AWS Secrets Manager.

    Args:
        secret_id: name or ARN.
        client: a Secrets Manager client; made on first use otherwise.
    """

    def __init__(self, secret_id: str, region: str, client: SecretsManagerClient | None = None) -> None:
        self._id = secret_id
        self._region = region
        self._given_client = client

    @property
    def name(self) -> str:
        return f"secret {self._id}"

    def __repr__(self) -> str:
        return f"SecretDocument({self._id!r}, {self._region!r})"

    def read(self) -> dict[str, object] | None:
        with self._errors("read"):
            # The stage is named, although it is the default: not every stand-in keeps to that.
            answer = answer_or_none(
                lambda: self._client.get_secret_value(SecretId=self._id, VersionStage="AWSCURRENT"), _ABSENT
            )
        if answer is None:
            return None
        if answer.get("SecretBinary"):
            raise DamagedDocument(f"The {self.name} is binary; it must hold one JSON object. {TOKENS_REMEDY}")
        # A version without any value is no value yet: AWS makes none, emulators do for a container made without one.
        text = answer.get("SecretString", "")
        return parse(text.encode(errors="surrogatepass"), self.name, TOKENS_REMEDY)

    def write(self, value: dict[str, object]) -> None:
        text = render(value).decode()
        with self._errors("write"):
            if self._put(text) is None and self._create(text) is None:
                self._put(text)

    def _put(self, text: str) -> object | None:
        # botocore adds an idempotency token and keeps it over its retries, so a lost reply does no harm.
        return answer_or_none(
            lambda: self._client.put_secret_value(SecretId=self._id, SecretString=text), _ABSENT
        )

    def _create(self, text: str) -> object | None:
        if self._id.startswith("arn:"):
            raise InvalidSettings(
                f"There is no {self.name} in {self._region}. Check the ARN, or run `pulumi up`."
            )
        return answer_or_none(
            lambda: self._client.create_secret(Name=self._id, SecretString=text), {"ResourceExistsException"}
        )

    @cached_property
    def _client(self) -> SecretsManagerClient:
        return self._given_client or aws_client("secretsmanager", self._region, read_timeout_s=10, tries=5)

    @contextmanager
    def _errors(self, action: str) -> Generator[None]:
        try:
            with aws_errors(f"the {self.name} in {self._region}", action, _NEXT_STEPS):
                yield
        except StoreUnavailable as error:
            raise StoreUnavailable(str(error)) from None  # botocore's error may carry what was sent
