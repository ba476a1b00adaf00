"""The Lambda that looks at Smashrun and then tells the runner, with its own role and log group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import MESSAGES_HANDLER

from infra.components.lambda_function import LambdaFunctionArgs, make_function
from infra.config import StackConfig
from infra.documents import iam
from infra.grants import Grant, grant
from infra.naming import component_tags
from infra.package import LambdaPackage

# It waits for a short sync, and then for each channel.
TIMEOUT_S: Final = 180


@dataclass(frozen=True, kw_only=True)
class MessageFunctionArgs:
    """What the function needs.

    Attributes:
        config: runtime, memory (the API's: it reads the same record), log retention, and the application's settings.
        package: the built zip, which the sync uses too.
        bucket_name: the record's bucket.
        sync_alias_arn: the sync, which is started before the runner is told that a day is still open.
        topic_arn: where messages go by mail.
        channels_parameter_name: the parameter with the addresses of further channels.
        dead_letters_arn: the queue for messages that failed for good.
        grants: what the role may do.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    sync_alias_arn: pulumi.Input[str]
    topic_arn: pulumi.Input[str]
    channels_parameter_name: pulumi.Input[str]
    dead_letters_arn: pulumi.Input[str]
    grants: Sequence[Grant]


def invoke_policy(alias_arn: str) -> iam.Document:
    """What a starter may do: invoke this function through its alias."""
    return iam.document(iam.allow("StartTheMessages", ["lambda:InvokeFunction"], [alias_arn]))


class MessageFunction(pulumi.ComponentResource):
    """The function that tells the runner, and the alias that its schedules use."""

    function_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: MessageFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:MessageFunction", name, None, opts)
        self._base = name
        made = make_function(
            name,
            LambdaFunctionArgs(
                config=args.config,
                package=args.package,
                handler=MESSAGES_HANDLER,
                description="Reminds a runner of an open day, and tells of milestones, the week and the year",
                role_description="The messages of MyRunStreak",
                alias_description="The version that tells the runner",
                grantee="messages",
                tags=component_tags("MessageFunction"),
                memory_mb=args.config.api_memory_mb,
                timeout_s=TIMEOUT_S,
                bucket_name=args.bucket_name,
                places={
                    "sync_function": args.sync_alias_arn,
                    "messages_topic": args.topic_arn,
                    "notify_urls": args.channels_parameter_name,
                },
                grants=args.grants,
                dead_letters_arn=args.dead_letters_arn,
            ),
            self,
        )
        self.function_name, self.alias_arn = made.function.name, made.alias.arn
        self.register_outputs({"function_name": self.function_name, "alias_arn": self.alias_arn})

    def grant_invoke(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role start the function."""
        return grant(self, f"{self._base}-for-{grantee}", role, invoke_policy, self.alias_arn)
