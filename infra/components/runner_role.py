"""The role in which one runner's record is read and written: by sessions, each narrowed to that runner."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.documents import iam
from infra.documents.club_rights import records_policy, tokens_policy
from infra.grants import grant
from infra.naming import component_tags


@dataclass(frozen=True, kw_only=True)
class RunnerRoleArgs:
    """What the role needs.

    Attributes:
        bucket_arn: the bucket of the records.
        parameters_arn: the runners' tokens.
        trusted: the roles that may take it, by their ARNs.
    """

    bucket_arn: pulumi.Input[str]
    parameters_arn: pulumi.Input[str]
    trusted: Sequence[pulumi.Input[str]]


def role_arn(account_id: str, name: str) -> str:
    """The ARN of the role under this name: known before the role, which trusts roles whose functions are told of it."""
    return f"arn:aws:iam::{account_id}:role/{name}"


class RunnerRole(pulumi.ComponentResource):
    """The role. Without a session policy it reaches every record: nothing but the club's functions may take it."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RunnerRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:RunnerRole", name, None, opts)
        role = aws.iam.Role(
            name,
            name=name,
            description="The record of one runner of MyRunStreak, by a session for that runner",
            assume_role_policy=pulumi.Output.all(*args.trusted).apply(
                lambda arns: json.dumps(iam.trust_roles(arns))
            ),
            tags=component_tags("RunnerRole"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        grant(self, f"{name}-records", role, records_policy, args.bucket_arn)
        grant(self, f"{name}-tokens", role, tokens_policy, args.parameters_arn)
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})
