"""What the functions of a club may do with its bucket and its tokens, as plain values."""

from __future__ import annotations

from typing import Final

from myrunstreak.contract.club import (
    BOARD_NAME,
    CLUB_FOLDER,
    DISPATCHED_NAME,
    OUTCOMES_FOLDER,
    REGISTRY_NAME,
    RUNNERS_FOLDER,
    SHARING_NAME,
)
from myrunstreak.contract.layout import DATABASE_NAME

from infra.documents import iam

REGISTRY_KEY: Final = f"{CLUB_FOLDER}/{REGISTRY_NAME}"
_BOARD_KEY: Final = f"{CLUB_FOLDER}/{BOARD_NAME}"
_DISPATCHED_KEY: Final = f"{CLUB_FOLDER}/{DISPATCHED_NAME}"
# Where a run over all runners leaves which of them failed.
OUTCOMES_PREFIX: Final = f"{CLUB_FOLDER}/{OUTCOMES_FOLDER}"


def records_policy(bucket_arn: str) -> iam.Document:
    """Of the role for one runner: every record, of which a session leaves one. Nothing is deleted.

    It may list the bucket: without that right S3 answers 403 instead of 404 for an object that is not there yet, and no
    condition on the prefix applies to that check. A session says which prefix is listed.
    """
    records = [f"{bucket_arn}/{RUNNERS_FOLDER}/*"]
    return iam.document(
        iam.allow("KeepTheRecords", ["s3:GetObject", "s3:PutObject"], records),
        iam.allow("KnowWhatIsThere", ["s3:ListBucket"], [bucket_arn]),
    )


def tokens_policy(parameters_arn: str) -> iam.Document:
    """Of the role for one runner: every runner's tokens, of which a session leaves one's.

    A session is denied what it does not name, also what the policy of AWS's own key for parameters allows to everyone in
    the account: hence that key, by what is encrypted and through whom.
    """
    _, _, _, region, account, _ = parameters_arn.split(":")
    return iam.document(
        iam.allow("KeepTheTokens", ["ssm:GetParameter", "ssm:PutParameter"], [parameters_arn]),
        iam.allow(
            "EncryptTheTokens",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            [f"arn:aws:kms:{region}:{account}:key/*"],
            StringEquals={"kms:ViaService": f"ssm.{region}.amazonaws.com"},
            StringLike={"kms:EncryptionContext:PARAMETER_ARN": parameters_arn},
        ),
    )


def worker_policy(bucket_arn: str) -> iam.Document:
    """Of a worker itself: who the runners are. Records it reaches by a session for one runner only."""
    return iam.document(iam.allow("KnowTheRunners", ["s3:GetObject"], [f"{bucket_arn}/{REGISTRY_KEY}"]))


def api_policy(bucket_arn: str) -> iam.Document:
    """Of the API itself: who the runners are, and the board. Records it reaches as a worker does."""
    read = [f"{bucket_arn}/{key}" for key in (REGISTRY_KEY, _BOARD_KEY)]
    return iam.document(iam.allow("KnowTheRunners", ["s3:GetObject"], read))


def dispatch_policy(bucket_arn: str) -> iam.Document:
    """Of the function that starts the syncs: who the runners are, and until when their syncs were started."""
    dispatched = f"{bucket_arn}/{_DISPATCHED_KEY}"
    return iam.document(
        iam.allow("KnowTheRunners", ["s3:GetObject"], [f"{bucket_arn}/{REGISTRY_KEY}", dispatched]),
        iam.allow("KeepUntilWhen", ["s3:PutObject"], [dispatched]),
        # Else S3 answers 403 for what is not there yet.
        iam.allow("KnowWhatIsThere", ["s3:ListBucket"], [bucket_arn]),
    )


def lake_policy(bucket_arn: str) -> iam.Document:
    """Of the lake writer: each record, what its runner shares, and the board, which it makes."""
    records = [f"{bucket_arn}/{RUNNERS_FOLDER}/*/{name}" for name in (DATABASE_NAME, SHARING_NAME)]
    return iam.document(
        iam.allow("ReadTheRecords", ["s3:GetObject"], [*records, f"{bucket_arn}/{REGISTRY_KEY}"]),
        iam.allow("WriteTheBoard", ["s3:PutObject"], [f"{bucket_arn}/{_BOARD_KEY}"]),
        iam.allow("KnowWhatIsThere", ["s3:ListBucket"], [bucket_arn]),
    )


def rebuild_policy(bucket_arn: str) -> iam.Document:
    """Of the state machine: who the runners are, and where it leaves what became of each."""
    outcomes = [f"{bucket_arn}/{OUTCOMES_PREFIX}/*"]
    actions = ["s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"]
    return iam.document(
        iam.allow("KnowTheRunners", ["s3:GetObject"], [f"{bucket_arn}/{REGISTRY_KEY}"]),
        iam.allow("KeepTheOutcomes", actions, outcomes),
    )
