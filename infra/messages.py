"""The runner's messages: topic, channels, function and schedules, made together or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infra.components.dead_letters import DeadLetters
from infra.components.message_channels import MessageChannels, MessageChannelsArgs
from infra.components.message_function import MessageFunction, MessageFunctionArgs
from infra.components.message_schedule import MessageSchedule, MessageScheduleArgs
from infra.components.message_topic import MessageTopic, MessageTopicArgs
from infra.components.run_store import RunStore
from infra.components.sync_function import SyncFunction
from infra.config import StackConfig
from infra.naming import Names
from infra.package import LambdaPackage


@dataclass(frozen=True, kw_only=True)
class MessagesArgs:
    """What the messages need.

    Attributes:
        config: when, where to, and whether at all.
        names: the source of the components' names.
        package: the built zip.
        store: the record, of which messages speak.
        sync: the function that is started before a day is called open.
        dead_letters: the queue for messages that failed for good.
        account_id: the only account whose schedules may start the function.
    """

    config: StackConfig
    names: Names
    package: LambdaPackage
    store: RunStore
    sync: SyncFunction
    dead_letters: DeadLetters
    account_id: pulumi.Input[str]


def make_messages(args: MessagesArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
    """Make and export what a stack with messages has; the function's name, or None in a stack without them."""
    if not args.config.has_messages:
        return None
    config, of = args.config, args.names.of
    topic = MessageTopic(of("message-topic"), MessageTopicArgs(config=config), opts)
    channels = MessageChannels(of("channels"), MessageChannelsArgs(names=args.names), opts)
    function = MessageFunction(
        of("messages"),
        MessageFunctionArgs(
            config=config,
            package=args.package,
            bucket_name=args.store.bucket_name,
            sync_alias_arn=args.sync.alias_arn,
            topic_arn=topic.topic_arn,
            channels_parameter_name=channels.parameter_name,
            dead_letters_arn=args.dead_letters.queue_arn,
            grants=[
                args.store.grant_messages,
                args.sync.grant_invoke,
                topic.grant_publish,
                channels.grant_read,
                args.dead_letters.grant_send,
            ],
        ),
        opts,
    )
    MessageSchedule(
        of("reminders"),
        MessageScheduleArgs(
            config=config,
            target_arn=function.alias_arn,
            dead_letters_arn=args.dead_letters.queue_arn,
            grants=[function.grant_invoke, args.dead_letters.grant_send],
            account_id=args.account_id,
        ),
        opts,
    )
    pulumi.export("message_function_name", function.function_name)
    pulumi.export("message_topic_arn", topic.topic_arn)
    pulumi.export("notify_urls_parameter", channels.parameter_name)
    return function.function_name
