"""The parameter with the addresses of further channels: a container only, `myrunstreak message --add` fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.documents import iam
from infra.grants import grant
from infra.naming import Names, component_tags

NO_CHANNELS: Final = "{}"


@dataclass(frozen=True, kw_only=True)
class MessageChannelsArgs:
    """What the parameter needs.

    Attributes:
        names: the source of the parameter's name.
    """

    names: Names


def read_policy(parameter_arn: str) -> iam.Document:
    """What the sender may do: read the addresses. Under AWS's own key for parameters that is enough to decrypt them."""
    return iam.document(iam.allow("KnowTheChannels", ["ssm:GetParameter"], [parameter_arn]))


class MessageChannels(pulumi.ComponentResource):
    """The encrypted parameter of one stack's channels."""

    parameter_name: pulumi.Output[str]
    parameter_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: MessageChannelsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:MessageChannels", name, None, opts)
        self._base = name
        parameter = aws.ssm.Parameter(
            name,
            name=args.names.parameter("myrunstreak/channels"),
            description="MyRunStreak: where the runner's messages go beside e-mail",
            type=aws.ssm.ParameterType.SECURE_STRING,
            # Write-only: as `value`, each refresh would read the addresses into the state. They belong to
            # `myrunstreak message` from the first one on: another version, description or type would write the
            # parameter again, and empty it.
            value_wo=NO_CHANNELS,
            value_wo_version=1,
            tags=component_tags("MessageChannels"),
            # Never protected: `pulumi up` could not turn messages off, and what opens other services need not stay.
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.parameter_name, self.parameter_arn = parameter.name, parameter.arn
        self.register_outputs({"parameter_name": self.parameter_name, "parameter_arn": self.parameter_arn})

    def grant_read(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role read the addresses."""
        return grant(self, f"{self._base}-for-{grantee}", role, read_policy, self.parameter_arn)
