"""A bucket in which the runner's record survives mistakes: versioned, encrypted, private, with a replica if wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.layout import (
    BACKUPS_FOLDER,
    DATABASE_NAME,
    DEFINITIONS_NAME,
    FRESHNESS_NAME,
    LEASE_NAME,
    MESSAGES_FOLDER,
    MONTHLY_FOLDER,
    PAGE_FOLDER,
    RAW_FOLDER,
    RECORDINGS_FOLDER,
    SESSIONS_FOLDER,
    WEEKLY_FOLDER,
    S3Location,
)

from infra.config import StackConfig
from infra.documents import iam
from infra.documents.lifecycle import MINIMUM_SIZE, club_lifecycle_rules, lifecycle_rules
from infra.grants import Grant, grant
from infra.naming import component_tags

_TAGS = component_tags("RunStore")


@dataclass(frozen=True, kw_only=True)
class RunStoreArgs:
    """What a run store needs.

    Attributes:
        config: whether the data outlives `pulumi destroy`, or the bucket is emptied and deleted with it.
        account_id: the only account whose buckets may take the replication's role.
        replica_provider: the provider of the replica's region, or None.
    """

    config: StackConfig
    account_id: pulumi.Input[str]
    replica_provider: aws.Provider | None = None


def sync_policy(bucket_arn: str, lease_arn: str | None = None) -> iam.Document:
    """What the sync may do with the bucket, and with the note that says which region syncs.

    It may list the whole bucket, which holds nothing but this record: without that right S3 answers 403
    instead of 404 for an object that is not there yet, and no condition on the prefix applies to that check.
    """
    kept = (
        DATABASE_NAME,
        FRESHNESS_NAME,
        f"{RAW_FOLDER}/*",
        f"{RECORDINGS_FOLDER}/*",
        f"{PAGE_FOLDER}/*",
    )
    record = [f"{bucket_arn}/{key}" for key in kept]
    backups = [f"{bucket_arn}/{BACKUPS_FOLDER}/{folder}/*" for folder in (WEEKLY_FOLDER, MONTHLY_FOLDER)]
    lease = [iam.allow("HoldTheLease", ["s3:GetObject", "s3:PutObject"], [lease_arn])] if lease_arn else []
    return iam.document(
        iam.allow("ReadTheRecord", ["s3:GetObject"], [*record, f"{bucket_arn}/{DEFINITIONS_NAME}"]),
        iam.allow("WriteTheRecord", ["s3:PutObject"], [*record, *backups]),
        iam.allow("KnowWhatIsThere", ["s3:ListBucket"], [bucket_arn]),
        *lease,
    )


def api_policy(bucket_arn: str) -> iam.Document:
    """What the API may do with the bucket: read the database, the two small files beside it and the page; keep sign-ins.

    It may not list: of an object that is not there S3 then answers 403, which the API takes for absent.
    """
    read = (DATABASE_NAME, FRESHNESS_NAME, DEFINITIONS_NAME, f"{PAGE_FOLDER}/*")
    return iam.document(
        iam.allow("ReadTheAnswers", ["s3:GetObject"], [f"{bucket_arn}/{key}" for key in read]),
        iam.allow("KeepSessions", ["s3:GetObject", "s3:PutObject"], [f"{bucket_arn}/{SESSIONS_FOLDER}/*"]),
    )


def messages_policy(bucket_arn: str) -> iam.Document:
    """What the messages may do with the bucket: read the record, and keep which messages have been sent.

    It may not list: see ``api_policy``.
    """
    read = (DATABASE_NAME, FRESHNESS_NAME, DEFINITIONS_NAME)
    return iam.document(
        iam.allow("ReadTheRecord", ["s3:GetObject"], [f"{bucket_arn}/{key}" for key in read]),
        iam.allow("KnowWhatWasSent", ["s3:GetObject", "s3:PutObject"], [f"{bucket_arn}/{MESSAGES_FOLDER}/*"]),
    )


def bucket_policy(bucket_arn: str) -> iam.Document:
    """Only TLS reaches the bucket."""
    return iam.document(iam.tls_only("s3:*", bucket_arn, f"{bucket_arn}/*"))


def replication_policy(source_arn: str, replica_arn: str) -> iam.Document:
    """What S3 needs to copy new objects to the replica. Deletions are not copied."""
    return iam.document(
        iam.allow("ReadTheRules", ["s3:GetReplicationConfiguration", "s3:ListBucket"], [source_arn]),
        iam.allow(
            "ReadTheSource",
            ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
            [f"{source_arn}/*"],
        ),
        iam.allow("WriteTheReplica", ["s3:ReplicateObject", "s3:ReplicateTags"], [f"{replica_arn}/*"]),
    )


class RunStore(pulumi.ComponentResource):
    """The bucket of one runner's record, and its replica.

    Attributes:
        lease_uri, lease_region: the note that says which region syncs, and where it is; None without a second region.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    database_uri: pulumi.Output[str]
    replica_bucket_name: pulumi.Output[str] | None
    lease_uri: pulumi.Output[str] | None
    lease_region: str | None

    def __init__(self, name: str, args: RunStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:RunStore", name, None, opts)
        self._base = name
        self._keeps_data = args.config.protect_data
        self._rules = club_lifecycle_rules() if args.config.club else lifecycle_rules()
        bucket, versioning = self._private_bucket(name, None)
        self.bucket_name = bucket.bucket
        self.bucket_arn = bucket.arn
        self.database_uri = bucket.bucket.apply(_database_uri)
        self.replica_bucket_name = None
        if args.replica_provider is not None:
            replica, replica_versioning = self._private_bucket(f"{name}-replica", args.replica_provider)
            self.replica_bucket_name = replica.bucket
            self._replicate(bucket, replica, [versioning, replica_versioning], args.account_id)
        self._find_lease(args.config)
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
                "database_uri": self.database_uri,
                "replica_bucket_name": self.replica_bucket_name,
                "lease_uri": self.lease_uri,
            }
        )

    def grant_sync(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role read and write the record and the page, and add backups; it deletes nothing."""
        lease = [self.lease_uri.apply(_object_arn)] if self.lease_uri is not None else []
        return grant(self, f"{self._base}-for-{grantee}", role, sync_policy, self.bucket_arn, *lease)

    def grant_api(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role read what answers and page are made of, and keep who is signed in."""
        return grant(self, f"{self._base}-for-{grantee}", role, api_policy, self.bucket_arn)

    def grant_messages(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role read the record, and keep which messages have been sent."""
        return grant(self, f"{self._base}-for-{grantee}", role, messages_policy, self.bucket_arn)

    def grant_by(self, policy: Callable[[str], iam.Document]) -> Grant:
        """What lets a role do with the bucket what a policy for its ARN says."""
        return lambda role, grantee: grant(self, f"{self._base}-for-{grantee}", role, policy, self.bucket_arn)

    def _find_lease(self, config: StackConfig) -> None:
        self.lease_uri = self.lease_region = None
        if config.lease_location is not None:
            # Of a stack that stands in for another: the note is the other's, in this region.
            self.lease_uri, self.lease_region = pulumi.Output.from_input(config.lease_location), config.region
        elif config.lease is None and self.replica_bucket_name is not None:
            self.lease_uri = self.replica_bucket_name.apply(
                lambda bucket: str(S3Location(bucket, LEASE_NAME))
            )
            self.lease_region = config.replica_region

    def _private_bucket(
        self, name: str, provider: aws.Provider | None
    ) -> tuple[aws.s3.Bucket, aws.s3.BucketVersioning]:
        bucket = aws.s3.Bucket(
            name,
            force_destroy=not self._keeps_data,
            tags=_TAGS,
            opts=self._options(provider, protect=self._keeps_data or None),
        )
        # A bucket that stays keeps what makes it private and versioned.
        access = aws.s3.BucketPublicAccessBlock(
            f"{name}-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._options(provider),
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self._options(provider),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=self._options(provider),
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self._options(provider),
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            transition_default_minimum_object_size=MINIMUM_SIZE,
            rules=[aws.s3.BucketLifecycleConfigurationRuleArgs(**rule) for rule in self._rules],
            opts=self._options(provider, depends_on=[versioning]),
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: json.dumps(bucket_policy(arn))),
            opts=self._options(provider, depends_on=[access]),
        )
        return bucket, versioning

    def _replicate(
        self,
        source: aws.s3.Bucket,
        replica: aws.s3.Bucket,
        versionings: list[aws.s3.BucketVersioning],
        account_id: pulumi.Input[str],
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{self._base}-replication",
            assume_role_policy=pulumi.Output.from_input(account_id).apply(
                lambda account: json.dumps(iam.trust("s3.amazonaws.com", **iam.on_behalf_of(account)))
            ),
            tags=_TAGS,
            opts=child,
        )
        policy = grant(self, f"{self._base}-replication", role, replication_policy, source.arn, replica.arn)
        aws.s3.BucketReplicationConfig(
            f"{self._base}-replication",
            bucket=source.bucket,
            role=role.arn,
            rules=[
                {
                    "id": "everything",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Disabled"},
                    "destination": {"bucket": replica.arn},
                }
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*versionings, policy]),
        )

    def _options(
        self, provider: aws.Provider | None, *, protect: bool | None = None, **more: Any
    ) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, provider=provider, protect=protect, retain_on_delete=self._keeps_data, **more
        )


def _object_arn(uri: str) -> str:
    return uri.replace("s3://", "arn:aws:s3:::", 1)


def _database_uri(bucket_name: str) -> str:
    return str(S3Location(bucket_name, DATABASE_NAME))
