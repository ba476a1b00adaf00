"""A queue for events that could not be delivered or kept failing: they wait there for the operator."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.documents import iam
from infra.grants import grant
from infra.naming import component_tags

RETENTION_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class DeadLettersArgs:
    """What the queue needs.

    Attributes:
        retention_days: how long a message waits; AWS keeps it at most 14 days.
    """

    retention_days: int = RETENTION_DAYS


def queue_policy(queue_arn: str) -> iam.Document:
    """Only TLS reaches the queue; the senders' own roles say who may send."""
    return iam.document(iam.tls_only("sqs:*", queue_arn))


def send_policy(queue_arn: str) -> iam.Document:
    """What a sender may do."""
    return iam.document(iam.allow("SendDeadLetters", ["sqs:SendMessage"], [queue_arn]))


class DeadLetters(pulumi.ComponentResource):
    """The dead-letter queue that function and schedule share."""

    queue_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: DeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:DeadLetters", name, None, opts)
        self._base = name
        queue = aws.sqs.Queue(
            name,
            message_retention_seconds=args.retention_days * 86_400,
            sqs_managed_sse_enabled=True,
            tags=component_tags("DeadLetters"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.sqs.QueuePolicy(
            f"{name}-policy",
            queue_url=queue.url,
            policy=queue.arn.apply(lambda arn: json.dumps(queue_policy(arn))),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.queue_arn, self.queue_name = queue.arn, queue.name
        self.register_outputs({"queue_arn": self.queue_arn, "queue_name": self.queue_name})

    def grant_send(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role send dead letters."""
        return grant(self, f"{self._base}-for-{grantee}", role, send_policy, self.queue_arn)
