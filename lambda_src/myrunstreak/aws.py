"""The one way to AWS: a boto3 session, and what AWS's errors mean for the caller."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.guarded_logs import quiet_libraries

_DENIED = {"AccessDenied", "AccessDeniedException", "403", "AllAccessDisabled"}
_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_MISSING = {"NoSuchBucket", "InvalidBucketName"}


def aws_session() -> Any:
    """A boto3 session whose libraries log nothing below INFO: at DEBUG they log bodies, with the secrets in them."""
    import boto3

    quiet_libraries()
    return boto3.session.Session()


@contextmanager
def aws_errors(what: str, action: str) -> Generator[None]:
    """Turn botocore's errors into ours.

    Args:
        what: the resource, for the message, such as ``s3://bucket/key``.
        action: what was tried, in words, such as ``read``.

    Raises:
        InvalidSettings: missing bucket, denied action, missing or refused credentials.
        StoreUnavailable: anything that may pass: throttling, 5xx, no connection.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        NoRegionError,
        PartialCredentialsError,
        ProfileNotFound,
    )

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise InvalidSettings(
                f"Cannot {action} {what}: there is no such bucket. Check DUCKDB_PATH and AWS_REGION, or run `pulumi up`."
            ) from None
        if code in _DENIED:
            raise InvalidSettings(
                f"Cannot {action} {what}: AWS denies {error.operation_name}. Check the role's policy and the credentials."
            ) from None
        if code in _CREDENTIALS:
            raise InvalidSettings(
                f"Cannot {action} {what}: AWS refuses the credentials ({code}). Renew them."
            ) from None
        raise StoreUnavailable(
            f"Cannot {action} {what}: AWS answered {code}. Nothing was changed; try later."
        ) from error
    except (NoCredentialsError, PartialCredentialsError, NoRegionError, ProfileNotFound) as error:
        raise InvalidSettings(
            f"Cannot {action} {what}: {error}. Set AWS credentials, or use a local path."
        ) from None
    except BotoCoreError as error:
        raise StoreUnavailable(
            f"Cannot {action} {what}: {type(error).__name__}. Nothing was changed; try later."
        ) from error
