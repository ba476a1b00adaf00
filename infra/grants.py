"""Grants: a resource that is opened to a role makes the policy that opens it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pulumi
import pulumi_aws as aws

from infra.documents import iam

# Given the role, and the short name of its owner for the policy's name.
Grant = Callable[[aws.iam.Role, str], pulumi.Resource]


def grant(
    parent: pulumi.Resource,
    name: str,
    role: aws.iam.Role,
    policy: Callable[..., iam.Document],
    *arns: pulumi.Input[str],
) -> aws.iam.RolePolicy:
    """Allow a role what the policy for these ARNs says."""
    return aws.iam.RolePolicy(
        name,
        role=role.name,
        policy=pulumi.Output.all(*arns).apply(lambda known: json.dumps(policy(*known))),
        opts=pulumi.ResourceOptions(parent=parent),
    )
