"""The Lambda that keeps the record, with its own role and log group, reached through the alias `live`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import SYNC_HANDLER

from infra.config import StackConfig
from infra.documents import iam
from infra.functions import ALIAS, function_environment, logging_config, own_policy
from infra.naming import component_tags
from infra.package import LambdaPackage

EVENT_AGE_S: Final = 3600

_TAGS = component_tags("SyncFunction")


@dataclass(frozen=True, kw_only=True)
class SyncFunctionArgs:
    """What the function needs.

    Attributes:
        config: size, time, runtime, retries, concurrency, log retention, and what the application is told.
        package: the built zip.
        bucket_name, tokens_secret_name, sync_state_secret_name: where the application keeps what.
        dead_letters_arn: the queue for events that failed for good.
        grants: what the role may do; made before the function, so that no invocation comes too early.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    tokens_secret_name: pulumi.Input[str]
    sync_state_secret_name: pulumi.Input[str]
    dead_letters_arn: pulumi.Input[str]
    grants: Sequence[iam.Grant]


def invoke_policy(alias_arn: str) -> iam.Document:
    """What a starter may do: invoke this function through its alias."""
    return iam.document(iam.allow("StartTheSync", ["lambda:InvokeFunction"], [alias_arn]))


class SyncFunction(pulumi.ComponentResource):
    """The function that syncs, and the alias that callers use."""

    function_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: SyncFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:SyncFunction", name, None, opts)
        self._base = name
        self._child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/lambda/{name}",
            retention_in_days=args.config.log_retention_days,
            tags=_TAGS,
            opts=self._child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            description="The sync of MyRunStreak",
            assume_role_policy=json.dumps(iam.trust("lambda.amazonaws.com")),
            tags=_TAGS,
            opts=self._child,
        )
        own = aws.iam.RolePolicy(
            f"{name}-own",
            role=role.name,
            policy=logs.arn.apply(lambda arn: json.dumps(own_policy(arn))),
            opts=self._child,
        )
        granted = [own, *(grant(role, "sync") for grant in args.grants)]
        function = self._function(args, role, logs, granted)
        alias = self._alias(args, function, granted)
        self.function_name, self.alias_arn = function.name, alias.arn
        self.role_arn, self.log_group_name = role.arn, logs.name
        self.register_outputs(
            {
                "function_name": self.function_name,
                "alias_arn": self.alias_arn,
                "role_arn": self.role_arn,
                "log_group_name": self.log_group_name,
            }
        )

    def grant_invoke(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role start the sync."""
        return aws.iam.RolePolicy(
            f"{self._base}-for-{grantee}",
            role=role.name,
            policy=self.alias_arn.apply(lambda arn: json.dumps(invoke_policy(arn))),
            opts=self._child,
        )

    def _function(
        self,
        args: SyncFunctionArgs,
        role: aws.iam.Role,
        logs: aws.cloudwatch.LogGroup,
        granted: list[pulumi.Resource],
    ) -> aws.lambda_.Function:
        known = pulumi.Output.all(args.bucket_name, args.tokens_secret_name, args.sync_state_secret_name)
        environment = known.apply(
            lambda parts: function_environment(
                args.config.settings(parts[0], tokens_secret=parts[1], sync_state_secret=parts[2])
            )
        )
        return aws.lambda_.Function(
            self._base,
            name=self._base,
            description="Keeps a runner's Smashrun record in a DuckDB database on S3",
            code=pulumi.FileArchive(args.package.path),
            handler=SYNC_HANDLER,
            runtime=args.config.runtime,
            architectures=[args.config.architecture],
            memory_size=args.config.memory_mb,
            timeout=args.config.timeout_s,
            ephemeral_storage={"size": args.config.tmp_mb},
            role=role.arn,
            environment={"variables": environment},
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                **logging_config(logs.name, args.config.log_level)
            ),
            tracing_config={"mode": "Active"},
            reserved_concurrent_executions=args.config.reserved_concurrency or None,
            publish=True,
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )

    def _alias(
        self, args: SyncFunctionArgs, function: aws.lambda_.Function, granted: list[pulumi.Resource]
    ) -> aws.lambda_.Alias:
        alias = aws.lambda_.Alias(
            f"{self._base}-live",
            name=ALIAS,
            description="The version that callers use",
            function_name=function.name,
            function_version=function.version,
            opts=self._child,
        )
        # Lambda looks whether the role may send to the destination when this is made.
        aws.lambda_.FunctionEventInvokeConfig(
            f"{self._base}-failures",
            function_name=function.name,
            qualifier=alias.name,
            maximum_retry_attempts=args.config.retry_attempts,
            maximum_event_age_in_seconds=EVENT_AGE_S,
            destination_config={"on_failure": {"destination": args.dead_letters_arn}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        if args.config.provisioned_concurrency:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{self._base}-provisioned",
                function_name=function.name,
                qualifier=alias.name,
                provisioned_concurrent_executions=args.config.provisioned_concurrency,
                opts=self._child,
            )
        return alias
