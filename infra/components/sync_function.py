"""The Lambda that keeps the record, with its own role and log group, reached through the alias `live`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import SYNC_HANDLER

from infra.components.lambda_function import LambdaFunctionArgs, make_function
from infra.config import StackConfig
from infra.documents import iam
from infra.grants import Grant, grant
from infra.naming import component_tags
from infra.package import LambdaPackage


@dataclass(frozen=True, kw_only=True)
class SyncFunctionArgs:
    """What the function needs.

    Attributes:
        config: size, time, runtime, retries, concurrency, log retention, and the application's settings.
        package: the built zip.
        bucket_name, tokens_secret_name, sync_state_secret_name: where the application keeps what.
        lease_uri, lease_region: the note that says which region syncs, and where it is; None without a second region.
        dead_letters_arn: the queue for events that failed for good.
        grants: what the role may do.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    tokens_secret_name: pulumi.Input[str]
    sync_state_secret_name: pulumi.Input[str]
    lease_uri: pulumi.Input[str] | None
    lease_region: str | None
    dead_letters_arn: pulumi.Input[str]
    grants: Sequence[Grant]


def invoke_policy(alias_arn: str) -> iam.Document:
    """What a starter may do: invoke this function through its alias."""
    return iam.document(iam.allow("StartTheSync", ["lambda:InvokeFunction"], [alias_arn]))


class SyncFunction(pulumi.ComponentResource):
    """The function that syncs, and the alias that callers use."""

    function_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: SyncFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:SyncFunction", name, None, opts)
        self._base = name
        lease = {"lease": args.lease_uri, "lease_region": args.lease_region}
        made = make_function(
            name,
            LambdaFunctionArgs(
                config=args.config,
                package=args.package,
                handler=SYNC_HANDLER,
                description="Keeps a runner's Smashrun record in a DuckDB database on S3",
                role_description="The sync of MyRunStreak",
                alias_description="The version that callers use",
                grantee="sync",
                tags=component_tags("SyncFunction"),
                memory_mb=args.config.memory_mb,
                timeout_s=args.config.timeout_s,
                bucket_name=args.bucket_name,
                places={
                    "tokens_secret": args.tokens_secret_name,
                    "sync_state_secret": args.sync_state_secret_name,
                    **{name: place for name, place in lease.items() if place is not None},
                },
                grants=args.grants,
                reserved_concurrency=args.config.reserved_concurrency,
                dead_letters_arn=args.dead_letters_arn,
                retry_attempts=args.config.retry_attempts,
            ),
            self,
        )
        if args.config.provisioned_concurrency:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-provisioned",
                function_name=made.function.name,
                qualifier=made.alias.name,
                provisioned_concurrent_executions=args.config.provisioned_concurrency,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.function_name, self.alias_arn = made.function.name, made.alias.arn
        self.log_group_name = made.log_group.name
        self.register_outputs(
            {
                "function_name": self.function_name,
                "alias_arn": self.alias_arn,
                "log_group_name": self.log_group_name,
            }
        )

    def grant_invoke(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role start the sync."""
        return grant(self, f"{self._base}-for-{grantee}", role, invoke_policy, self.alias_arn)
