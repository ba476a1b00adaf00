"""A queue of work for one function, and one for the messages that failed for good: they wait there for the operator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.documents import iam
from infra.grants import grant
from infra.naming import component_tags

# Lambda asks for it: a batch that finds no free environment is tried again while it stays hidden.
TIMEOUTS: Final = 6
RETENTION_S: Final = 4 * 86_400
LETTERS_RETENTION_S: Final = 14 * 86_400

_TAGS = component_tags("WorkQueue")


@dataclass(frozen=True, kw_only=True)
class WorkQueueArgs:
    """What the queue needs.

    Attributes:
        timeout_s: how long the function that reads it may take for a batch, its window included.
        tries: how often a message is received before it is a dead letter.
    """

    timeout_s: int
    tries: int


def queue_policy(queue_arn: str) -> iam.Document:
    """Only TLS reaches the queue; the roles of senders and readers say who they are."""
    return iam.document(iam.tls_only("sqs:*", queue_arn))


def send_policy(queue_arn: str) -> iam.Document:
    """What a sender may do."""
    return iam.document(iam.allow("SendWork", ["sqs:SendMessage"], [queue_arn]))


def receive_policy(queue_arn: str) -> iam.Document:
    """What Lambda needs, on behalf of the function that reads the queue."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    return iam.document(iam.allow("TakeWork", actions, [queue_arn]))


class WorkQueue(pulumi.ComponentResource):
    """The queue and its dead letters, both encrypted and reached over TLS only."""

    queue_arn: pulumi.Output[str]
    queue_url: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    letters_name: pulumi.Output[str]

    def __init__(self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:WorkQueue", name, None, opts)
        self._base = name
        letters = self._queue(f"{name}-letters", message_retention_seconds=LETTERS_RETENTION_S)
        queue = self._queue(
            name,
            message_retention_seconds=RETENTION_S,
            visibility_timeout_seconds=TIMEOUTS * args.timeout_s,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": letters.arn, "maxReceiveCount": args.tries}
            ),
        )
        self.queue_arn, self.queue_url, self.queue_name = queue.arn, queue.url, queue.name
        self.letters_name = letters.name
        self.register_outputs(
            {
                "queue_arn": self.queue_arn,
                "queue_url": self.queue_url,
                "queue_name": self.queue_name,
                "letters_name": self.letters_name,
            }
        )

    def grant_send(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role send work."""
        return grant(self, f"{self._base}-from-{grantee}", role, send_policy, self.queue_arn)

    def grant_receive(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let the role of a function take work."""
        return grant(self, f"{self._base}-for-{grantee}", role, receive_policy, self.queue_arn)

    def _queue(
        self,
        name: str,
        *,
        message_retention_seconds: int,
        visibility_timeout_seconds: int | None = None,
        redrive_policy: pulumi.Output[str] | None = None,
    ) -> aws.sqs.Queue:
        child = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            name,
            message_retention_seconds=message_retention_seconds,
            visibility_timeout_seconds=visibility_timeout_seconds,
            redrive_policy=redrive_policy,
            sqs_managed_sse_enabled=True,
            tags=_TAGS,
            opts=child,
        )
        aws.sqs.QueuePolicy(
            f"{name}-policy",
            queue_url=queue.url,
            policy=queue.arn.apply(lambda arn: json.dumps(queue_policy(arn))),
            opts=child,
        )
        return queue
