"""Sends a mail when something is wrong, and when it is right again: topic, alarms, budget."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents import iam
from infra.documents.alarm_links import Links
from infra.documents.alarms import Alarm
from infra.naming import Names, component_tags

_TAGS = component_tags("Alerting")


@dataclass(frozen=True, kw_only=True)
class AlertingArgs:
    """What the alerting needs.

    Attributes:
        config: the addresses (each confirms once by mail), the budget, the runbook's URL, and whether the topic has
            a KMS key of its own.
        names: the stack's name and the dashboard's, for the links in mails.
        alarms: the alarms to make.
        functions: whose logs the mails link to, by the fields of ``Links``; None where the stack has no such function.
        account_id: the only account that may publish.
    """

    config: StackConfig
    names: Names
    alarms: Sequence[Alarm]
    functions: Mapping[str, pulumi.Input[str] | None]
    account_id: pulumi.Input[str]


def topic_policy(topic_arn: str, region: str, account_id: str) -> iam.Document:
    """Alarms and budgets of this account may publish, and only over TLS."""
    alarms = iam.on_behalf_of(account_id, f"arn:aws:cloudwatch:{region}:{account_id}:alarm:*")
    budgets = iam.on_behalf_of(account_id, f"arn:aws:budgets::{account_id}:*")
    return iam.document(
        iam.allow("Alarms", ["sns:Publish"], [topic_arn], **alarms)
        | {"Principal": {"Service": "cloudwatch.amazonaws.com"}},
        iam.allow("Budgets", ["sns:Publish"], [topic_arn], **budgets)
        | {"Principal": {"Service": "budgets.amazonaws.com"}},
        iam.tls_only("sns:Publish", topic_arn),
    )


def key_policy(account_id: str) -> iam.Document:
    """The account administers the key; its alarms and budgets encrypt with it. `*` means this key."""
    publishers = {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]}
    return iam.document(
        iam.allow("Administration", ["kms:*"], ["*"])
        | {"Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}},
        iam.allow("Publishers", ["kms:Decrypt", "kms:GenerateDataKey"], ["*"], **iam.on_behalf_of(account_id))
        | {"Principal": publishers},
    )


def budget_notifications(topic_arn: pulumi.Input[str]) -> list[dict[str, Any]]:
    """When the budget sends a mail: at four fifths spent, and when the forecast is above it."""
    return [
        {
            "comparison_operator": "GREATER_THAN",
            "notification_type": kind,
            "threshold": threshold,
            "threshold_type": "PERCENTAGE",
            "subscriber_sns_topic_arns": [topic_arn],
        }
        for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
    ]


class Alerting(pulumi.ComponentResource):
    """The topic, and the alarms and the budget that publish to it."""

    topic_arn: pulumi.Output[str]
    alarm_arns: pulumi.Output[list[str]]

    def __init__(self, name: str, args: AlertingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:Alerting", name, None, opts)
        self._base = name
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            name,
            display_name="MyRunStreak",
            kms_master_key_id=self._key(args.account_id).arn if args.config.alarm_topic_key else None,
            tags=_TAGS,
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=pulumi.Output.all(topic.arn, args.account_id).apply(
                lambda known: json.dumps(topic_policy(known[0], args.config.region, known[1]))
            ),
            opts=child,
        )
        for number, email in enumerate(args.config.alarm_endpoints):
            aws.sns.TopicSubscription(
                f"{name}-email-{number}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        alarms = [self._alarm(alarm, topic.arn, args) for alarm in args.alarms]
        aws.budgets.Budget(
            f"{name}-budget",
            budget_type="COST",
            limit_amount=str(args.config.monthly_budget_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            notifications=[
                aws.budgets.BudgetNotificationArgs(**notification)
                for notification in budget_notifications(topic.arn)
            ],
            tags=_TAGS,
            # AWS checks that a budget may publish when it is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.topic_arn = topic.arn
        self.alarm_arns = pulumi.Output.all(*(alarm.arn for alarm in alarms))
        self.register_outputs({"topic_arn": self.topic_arn, "alarm_arns": self.alarm_arns})

    def _key(self, account_id: pulumi.Input[str]) -> aws.kms.Key:
        # CloudWatch cannot publish to a topic under AWS's own key for SNS: its policy cannot be changed.
        return aws.kms.Key(
            f"{self._base}-key",
            description="Encrypts MyRunStreak's alarms",
            enable_key_rotation=True,
            deletion_window_in_days=7,
            policy=pulumi.Output.from_input(account_id).apply(lambda known: json.dumps(key_policy(known))),
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _alarm(
        self, alarm: Alarm, topic_arn: pulumi.Output[str], args: AlertingArgs
    ) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            f"{self._base}-{alarm.key}",
            alarm_description=pulumi.Output.all(**args.functions).apply(
                lambda named: alarm.description(
                    Links(
                        region=args.config.region,
                        stack=args.names.stack,
                        dashboard_name=args.names.of("dashboard"),
                        runbook_url=args.config.runbook_url,
                        **named,
                    )
                )
            ),
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=alarm.statistic,
            period=alarm.period_s,
            evaluation_periods=alarm.of_consecutive,
            datapoints_to_alarm=alarm.of_consecutive,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            treat_missing_data=alarm.missing,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self),
        )
