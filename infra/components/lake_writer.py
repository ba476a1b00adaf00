"""The one Lambda that writes a club's lake: what the workers have published, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import LAKE_HANDLER

from infra.components.lambda_function import LambdaFunctionArgs, Places, StoredPackage, make_function
from infra.config import StackConfig
from infra.documents.lifecycle import PACKAGES_FOLDER
from infra.grants import Grant
from infra.naming import component_tags
from infra.package import LambdaPackage

TIMEOUT_S: Final = 900
# Two commits on one table are a conflict, also where they are about different runners.
WRITERS: Final = 1
# The records of a batch, one after the other, and the rows of all of them.
TMP_MB: Final = 2048
BATCH: Final = 10_000
WINDOW_S: Final = 300
# A batch that comes while the writer is at work is refused, and counts as a try.
TRIES: Final = 10
# Of a package's SHA-256, in its name.
_DIGITS: Final = 16

_TAGS = component_tags("LakeWriter")


@dataclass(frozen=True, kw_only=True)
class LakeWriterArgs:
    """What the writer needs.

    Attributes:
        config: memory, runtime, log retention, and what all runners share.
        package: its own built zip, with DuckDB's extensions.
        bucket_name: the bucket of the records, where the zip lies too: Lambda takes none of that size with a request.
        queue_arn: the queue of new records.
        club: the settings that name the club's parts.
        grants: what the role may do.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    queue_arn: pulumi.Input[str]
    club: Places
    grants: Sequence[Grant]


class LakeWriter(pulumi.ComponentResource):
    """The function, of which one runs at a time, and its trigger."""

    function_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    def __init__(self, name: str, args: LakeWriterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:LakeWriter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        stored = aws.s3.BucketObjectv2(
            f"{name}-package",
            bucket=args.bucket_name,
            # By its content: versions may not be kept yet when a new stack writes it.
            key=f"{PACKAGES_FOLDER}/lake-{args.package.sha256[:_DIGITS]}.zip",
            source=pulumi.FileAsset(args.package.path),
            tags=_TAGS,
            opts=child,
        )
        made = make_function(
            name,
            LambdaFunctionArgs(
                config=args.config,
                package=StoredPackage(bucket_name=args.bucket_name, key=stored.key),
                handler=LAKE_HANDLER,
                description="Writes the records of a club's runners as rows of Iceberg tables",
                role_description="The lake writer of MyRunStreak",
                alias_description="The version that the queue starts",
                grantee="lake-writer",
                tags=_TAGS,
                memory_mb=args.config.lake_memory_mb,
                timeout_s=TIMEOUT_S,
                bucket_name=args.bucket_name,
                club=args.club,
                tmp_mb=TMP_MB,
                grants=args.grants,
                reserved_concurrency=WRITERS,
            ),
            self,
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-records",
            event_source_arn=args.queue_arn,
            function_name=made.alias.arn,
            batch_size=BATCH,
            maximum_batching_window_in_seconds=WINDOW_S,
            function_response_types=["ReportBatchItemFailures"],
            tags=_TAGS,
            opts=child,
        )
        self.function_name, self.alias_arn = made.function.name, made.alias.arn
        self.register_outputs({"function_name": self.function_name, "alias_arn": self.alias_arn})
