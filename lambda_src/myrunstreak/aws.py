"""The one way to AWS: how clients are made, and what AWS's errors mean for the caller."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from myrunstreak.errors import InvalidSettings, MyRunStreakError, StoreUnavailable
from myrunstreak.guarded_logs import quiet_libraries

if TYPE_CHECKING:
    from botocore.credentials import Credentials

T = TypeVar("T")

_DENIED: Final = {"AccessDenied", "AccessDeniedException", "403", "AllAccessDisabled"}
_CREDENTIALS: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_NO_OBJECT: Final = {"NoSuchKey", "404"}
_NO_BUCKET: Final = {"NoSuchBucket", "InvalidBucketName"}
_INCOMPLETE: Final = {"NoCredentialsError", "NoRegionError", "PartialCredentialsError", "ProfileNotFound"}
# Whose clients are made; None: the process's own.
_credentials: ContextVar[Credentials | None] = ContextVar("credentials", default=None)


def aws_client(
    service: str, region: str, *, connect_timeout_s: int = 5, read_timeout_s: int = 60, tries: int = 4
) -> Any:
    """A client of AWS; its libraries log nothing below INFO, because at DEBUG they log bodies with the secrets in them.

    Args:
        tries: how often a request is sent at most, the first time included.

    Raises:
        InvalidSettings: the endpoint is no URL.
    """
    from botocore.config import Config

    quiet_libraries()
    config = Config(
        connect_timeout=connect_timeout_s,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": tries},
    )
    try:
        return _session().create_client(service, region_name=region, config=config)
    except ValueError:
        raise InvalidSettings(
            f"Cannot reach AWS ({service}): the endpoint is no URL. Check AWS_ENDPOINT_URL and AWS_REGION."
        ) from None


@contextmanager
def acting_with(credentials: Credentials | None) -> Generator[None]:
    """Make the clients of this context with these credentials; None: with the process's own.

    A client keeps the credentials that it was made with.
    """
    token = _credentials.set(credentials)
    try:
        yield
    finally:
        _credentials.reset(token)


def _session() -> Any:
    """A session of its own for each client. What boto3 adds, transfers and resources, is not used here."""
    import botocore.session

    session: Any = botocore.session.get_session()
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    if credentials := _credentials.get():
        session._credentials = credentials  # the only way to give it some that renew themselves
    return session


@cache
def _loader(data_path: str | None) -> Any:
    """Reads the descriptions of services once for all clients: a tenth of a second for each otherwise."""
    from botocore.loaders import create_loader

    return create_loader(data_path)


def aws_credentials() -> Any:
    """The credentials that clients would use now: ``access_key``, ``secret_key``, ``token``.

    Raises:
        InvalidSettings: there are none.
    """
    with aws_errors("AWS", "sign in to"):
        found = _session().get_credentials()
        if found is None:
            raise InvalidSettings("There are no AWS credentials. Set them, or use a local path.")
        return found.get_frozen_credentials()


def error_code(error: Exception) -> str:
    """AWS's code of a botocore ClientError, an empty text for any other error."""
    response: object = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    return str(cast("dict[str, Any]", response).get("Error", {}).get("Code", ""))


def answer_or_none(request: Callable[[], T], codes: Container[str]) -> T | None:
    """AWS's answer to a request; None where AWS refuses it with one of these codes."""
    try:
        return request()
    except Exception as error:
        if error_code(error) in codes:
            return None
        raise


def object_or_none(client: Any, bucket: str, key: str) -> Any:
    """S3's answer with an object; None where there is none."""
    try:
        return client.get_object(Bucket=bucket, Key=key)
    except Exception as error:
        if error_code(error) in _NO_OBJECT or is_absent(client, bucket, key, error):
            return None
        raise


def is_absent(client: Any, bucket: str, key: str, error: Exception) -> bool:
    """Whether S3 refuses to give an object because there is none; False where that cannot be known.

    S3 answers 403 for an object that is not there to those who may not list the whole bucket. Those who may list a
    prefix see the truth in the listing of the object's own name.
    """
    from botocore.exceptions import ClientError

    if error_code(error) not in _DENIED:
        return False
    try:
        listed = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    except ClientError:
        return False
    return all(entry["Key"] != key for entry in listed.get("Contents", []))


@contextmanager
def aws_errors(
    what: str, action: str, next_steps: Mapping[str, str] = MappingProxyType({})
) -> Generator[None]:
    """Turn botocore's errors into ours.

    Args:
        what: the resource, for the message, such as ``s3://bucket/key``.
        action: what was tried, in words, such as ``read``.
        next_steps: by AWS's code or the error's class, what the operator has to mend at this resource.

    Raises:
        InvalidSettings: missing bucket, denied action, missing or refused credentials.
        StoreUnavailable: anything that may pass: throttling, 5xx, no connection.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except MyRunStreakError:
        raise
    except Exception as error:
        code, kind = error_code(error), type(error).__name__
        if step := next_steps.get(code) or next_steps.get(kind) or _general_step(code, kind, error):
            raise InvalidSettings(f"Cannot {action} {what}: {step}") from None
        if not isinstance(error, BotoCoreError | ClientError):
            raise
        reason = f"AWS answered {code}" if isinstance(error, ClientError) else kind
        raise StoreUnavailable(
            f"Cannot {action} {what}: {reason}. Nothing was changed; try later."
        ) from error


def _general_step(code: str, kind: str, error: Exception) -> str | None:
    """What the operator has to mend whatever the resource; None where the error may pass."""
    if code in _NO_BUCKET:
        return "there is no such bucket. Check DUCKDB_PATH and AWS_REGION, or run `pulumi up`."
    if code in _DENIED:
        operation = getattr(error, "operation_name", "it")
        return f"AWS denies {operation}. Check the role's policy and the credentials."
    if code in _CREDENTIALS:
        return f"AWS refuses the credentials ({code}). Renew them."
    if kind in _INCOMPLETE:
        return f"{error}. Set AWS credentials, or use a local path."
    return None
