"""The Lambda that keeps the records of a club's runners, a message of the queue and a runner at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import WORKER_HANDLER

from infra.components.lambda_function import LambdaFunctionArgs, Places, make_function
from infra.config import StackConfig
from infra.documents import iam
from infra.grants import Grant, grant
from infra.naming import component_tags
from infra.package import LambdaPackage

# A message is tried so often. A token that is dead or a record that is damaged stays so, and delays no other runner.
TRIES: Final = 3

_TAGS = component_tags("RunnerFleet")


@dataclass(frozen=True, kw_only=True)
class RunnerFleetArgs:
    """What the workers need.

    Attributes:
        config: size, time, runtime, how many work at once, log retention, and what all runners share.
        package: the built zip.
        bucket_name: the bucket of the records.
        queue_arn: the queue of syncs.
        runner_role_arn: the role that a worker takes for one runner.
        club: the settings that name the club's parts.
        grants: what the role may do besides taking that role.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    queue_arn: pulumi.Input[str]
    runner_role_arn: pulumi.Input[str]
    club: Places
    grants: Sequence[Grant]


def assume_policy(runner_role_arn: str) -> iam.Document:
    """What stands between a worker and a record: it takes the runners' role, by a session for one runner."""
    return iam.document(iam.allow("ActForOneRunner", ["sts:AssumeRole"], [runner_role_arn]))


def invoke_policy(alias_arn: str) -> iam.Document:
    """What a starter may do: invoke a worker through its alias."""
    return iam.document(iam.allow("StartAWorker", ["lambda:InvokeFunction"], [alias_arn]))


class RunnerFleet(pulumi.ComponentResource):
    """The function, and its trigger: one message at a time, so that no runner waits for another one's failure."""

    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RunnerFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:RunnerFleet", name, None, opts)
        self._base = name
        self._runner_role_arn = args.runner_role_arn
        made = make_function(
            name,
            LambdaFunctionArgs(
                config=args.config,
                package=args.package,
                handler=WORKER_HANDLER,
                description="Keeps the Smashrun records of a club's runners, one at a time",
                role_description="The workers of MyRunStreak, which may do nothing but for one runner at a time",
                alias_description="The version that the queue starts",
                grantee="worker",
                tags=_TAGS,
                memory_mb=args.config.memory_mb,
                timeout_s=args.config.timeout_s,
                bucket_name=args.bucket_name,
                club=args.club,
                grants=[*args.grants, self.grant_runners],
            ),
            self,
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-syncs",
            event_source_arn=args.queue_arn,
            function_name=made.alias.arn,
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximum_concurrency": args.config.club_workers},
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.function_name, self.alias_arn = made.function.name, made.alias.arn
        self.log_group_name, self.role_arn = made.log_group.name, made.role.arn
        self.register_outputs(
            {
                "function_name": self.function_name,
                "log_group_name": self.log_group_name,
                "alias_arn": self.alias_arn,
                "role_arn": self.role_arn,
            }
        )

    def grant_runners(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role act for one runner at a time; the runners' role has to trust it too."""
        return grant(self, f"{self._base}-runners-for-{grantee}", role, assume_policy, self._runner_role_arn)

    def grant_invoke(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role start a worker."""
        return grant(self, f"{self._base}-for-{grantee}", role, invoke_policy, self.alias_arn)
