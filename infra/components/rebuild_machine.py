"""A state machine that goes over all runners of a club: to read their histories again, or to fill the lake again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents import iam
from infra.documents.rebuild import definition
from infra.grants import Grant, grant
from infra.naming import component_tags

_TAGS = component_tags("RebuildMachine")


@dataclass(frozen=True, kw_only=True)
class RebuildMachineArgs:
    """What the machine needs.

    Attributes:
        config: how many backfills run at once.
        bucket_name: the bucket of the registry.
        worker_arn: the worker, for a backfill.
        lake_queue_url: the lake's queue, for a rebuild.
        grants: what the role may do: read the registry, keep outcomes, invoke the worker, send to the lake's queue.
        account_id: the only account whose state machines may take the role.
    """

    config: StackConfig
    bucket_name: pulumi.Input[str]
    worker_arn: pulumi.Input[str]
    lake_queue_url: pulumi.Input[str]
    grants: Sequence[Grant]
    account_id: pulumi.Input[str]


def own_policy(machine_arn: str) -> iam.Document:
    """What Step Functions needs for the machine's children: start, follow and stop executions of this machine."""
    executions = machine_arn.replace(":stateMachine:", ":execution:", 1)
    # Those of a map are named after it: `machine/map:name`.
    children = [f"{executions}:*", f"{executions}/*"]
    actions = ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"]
    return iam.document(
        iam.allow("StartChildren", ["states:StartExecution"], [machine_arn]),
        iam.allow("FollowChildren", actions, children),
    )


class RebuildMachine(pulumi.ComponentResource):
    """The machine and its role."""

    machine_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: RebuildMachineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:RebuildMachine", name, None, opts)
        role = aws.iam.Role(
            f"{name}-role",
            description="Goes over the runners of MyRunStreak",
            assume_role_policy=pulumi.Output.from_input(args.account_id).apply(
                lambda account: json.dumps(iam.trust("states.amazonaws.com", **iam.on_behalf_of(account)))
            ),
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self),
        )
        machine = aws.sfn.StateMachine(
            name,
            role_arn=role.arn,
            definition=pulumi.Output.all(args.bucket_name, args.worker_arn, args.lake_queue_url).apply(
                lambda known: json.dumps(definition(known[0], known[1], known[2], args.config.club_workers))
            ),
            tags=_TAGS,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[allow(role, "rebuild") for allow in args.grants]
            ),
        )
        grant(self, f"{name}-own", role, own_policy, machine.arn)
        self.machine_arn = machine.arn
        self.register_outputs({"machine_arn": self.machine_arn})
