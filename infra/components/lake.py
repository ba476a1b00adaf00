"""The lake of a club: a table bucket for its runs and days as Iceberg tables, and a workgroup in which Athena reads them.

The lake writer makes the tables. Athena sees table buckets through the catalog `s3tablescatalog`, of which an account has
one in a region: no stack may own it, and the provider has no resource for it. docs/lake.md has the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.club import LAKE_NAMESPACE

from infra.config import StackConfig
from infra.documents import iam
from infra.grants import grant
from infra.naming import component_tags

# The shortest that S3 Tables accepts: a removed runner's rows lie in files that no snapshot names, then in none.
REMOVED_FILES_DAYS: Final = 1
_BYTES_IN_GB: Final = 1024**3

_TAGS = component_tags("Lake")


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    """What the lake needs.

    Attributes:
        config: how much a query may read.
    """

    config: StackConfig


def write_policy(tables_arn: str) -> iam.Document:
    """What the lake writer may do: make, read, write, rename and delete tables."""
    return iam.document(
        iam.allow(
            "KnowTheTables",
            ["s3tables:GetTableBucket", "s3tables:GetNamespace", "s3tables:ListNamespaces", "s3tables:ListTables",
             "s3tables:CreateTable"],
            [tables_arn],
        ),
        iam.allow(
            "WriteTheTables",
            ["s3tables:GetTable", "s3tables:GetTableMetadataLocation", "s3tables:UpdateTableMetadataLocation",
             "s3tables:GetTableData", "s3tables:PutTableData", "s3tables:DeleteTable", "s3tables:RenameTable"],
            [f"{tables_arn}/table/*"],
        ),
    )  # fmt: skip


class Lake(pulumi.ComponentResource):
    """The table bucket with its namespace, and the workgroup.

    S3 encrypts every table bucket by itself. The lake can be made again from the records: nothing protects it.
    """

    tables_arn: pulumi.Output[str]
    workgroup_name: pulumi.Output[str]

    def __init__(self, name: str, args: LakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:Lake", name, None, opts)
        self._base = name
        child = pulumi.ResourceOptions(parent=self)
        tables = aws.s3tables.TableBucket(
            f"{name}-tables",
            name=name,
            maintenance_configuration={
                "iceberg_unreferenced_file_removal": {
                    "status": "enabled",
                    "settings": {
                        "unreferenced_days": REMOVED_FILES_DAYS,
                        "non_current_days": REMOVED_FILES_DAYS,
                    },
                }
            },
            force_destroy=True,
            tags=_TAGS,
            opts=child,
        )
        aws.s3tables.Namespace(
            f"{name}-namespace", namespace=LAKE_NAMESPACE, table_bucket_arn=tables.arn, opts=child
        )
        workgroup = aws.athena.Workgroup(
            f"{name}-queries",
            name=name,
            description="Queries over the runs of a club; results are kept for a day",
            configuration={
                "enforce_workgroup_configuration": True,
                "bytes_scanned_cutoff_per_query": args.config.athena_cutoff_gb * _BYTES_IN_GB,
                "publish_cloudwatch_metrics_enabled": True,
                # Athena's own storage: encrypted, gone after 24 hours, and without a bucket that others could read.
                "managed_query_results_configuration": {"enabled": True},
            },
            force_destroy=True,
            tags=_TAGS,
            opts=child,
        )
        self.tables_arn, self.workgroup_name = tables.arn, workgroup.name
        self.register_outputs({"tables_arn": self.tables_arn, "workgroup_name": self.workgroup_name})

    def grant_write(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role write the tables."""
        return grant(self, f"{self._base}-for-{grantee}", role, write_policy, self.tables_arn)
