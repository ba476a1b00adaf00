"""The parameter with the API's keys as hashes: a container only, `myrunstreak api-key` makes the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents import iam
from infra.grants import grant
from infra.naming import Names, component_tags

NO_KEYS: Final = "{}"


@dataclass(frozen=True, kw_only=True)
class ApiKeysArgs:
    """What the parameter needs.

    Attributes:
        config: whether the keys outlive `pulumi destroy`.
        names: the source of the parameter's name.
    """

    config: StackConfig
    names: Names


def read_policy(parameter_arn: str) -> iam.Document:
    """What the API may do: read the hashes. It makes no keys and revokes none."""
    return iam.document(iam.allow("KnowTheKeys", ["ssm:GetParameter"], [parameter_arn]))


class ApiKeys(pulumi.ComponentResource):
    """The parameter of one stack's API keys."""

    parameter_name: pulumi.Output[str]
    parameter_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ApiKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:ApiKeys", name, None, opts)
        self._base = name
        keeps_data = args.config.protect_data
        parameter = aws.ssm.Parameter(
            name,
            name=args.names.parameter("myrunstreak/api-keys"),
            description="MyRunStreak: who may read the API, as hashes of their keys",
            type=aws.ssm.ParameterType.STRING,
            value=NO_KEYS,
            tags=component_tags("ApiKeys"),
            # `myrunstreak api-key` owns the value from the first key on.
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["value"],
                protect=keeps_data or None,
                retain_on_delete=keeps_data,
            ),
        )
        self.parameter_name, self.parameter_arn = parameter.name, parameter.arn
        self.register_outputs({"parameter_name": self.parameter_name, "parameter_arn": self.parameter_arn})

    def grant_read(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role read the hashes."""
        return grant(self, f"{self._base}-for-{grantee}", role, read_policy, self.parameter_arn)
