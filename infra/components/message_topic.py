"""The topic over which the runner's own messages go out by mail, apart from the operator's alarms."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents import iam
from infra.grants import grant
from infra.naming import component_tags


@dataclass(frozen=True, kw_only=True)
class MessageTopicArgs:
    """What the topic needs.

    Attributes:
        config: the runner's addresses; each confirms once by mail.
    """

    config: StackConfig


def topic_policy(topic_arn: str) -> iam.Document:
    """Only TLS reaches the topic; the publisher's own role says who may publish."""
    return iam.document(iam.tls_only("sns:Publish", topic_arn))


def publish_policy(topic_arn: str) -> iam.Document:
    """What a publisher may do."""
    return iam.document(iam.allow("TellTheRunner", ["sns:Publish"], [topic_arn]))


class MessageTopic(pulumi.ComponentResource):
    """The topic of the runner's messages, with its subscribers."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MessageTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:MessageTopic", name, None, opts)
        self._base = name
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            name, display_name="MyRunStreak", tags=component_tags("MessageTopic"), opts=child
        )
        aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: json.dumps(topic_policy(arn))),
            opts=child,
        )
        for number, email in enumerate(args.config.message_endpoints):
            aws.sns.TopicSubscription(
                f"{name}-email-{number}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})

    def grant_publish(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role send messages."""
        return grant(self, f"{self._base}-for-{grantee}", role, publish_policy, self.topic_arn)
