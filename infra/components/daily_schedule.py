"""Starts the sync every day at the runner's own times; a start that fails becomes a dead letter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents import iam
from infra.grants import Grant
from infra.naming import component_tags
from infra.schedules import daily_at

_TAGS = component_tags("DailySchedule")
RETRIES: Final = 5
EVENT_AGE_S: Final = 3600


@dataclass(frozen=True, kw_only=True)
class DailyScheduleArgs:
    """What the schedules need.

    Attributes:
        config: the times, their zone and the daily sync's flexible window.
        target_arn: the function to invoke.
        dead_letters_arn: the queue for starts that failed for good.
        grants: the rights of the schedules' role: invoke the target, send dead letters.
        account_id: the only account whose schedules may take the role.
    """

    config: StackConfig
    target_arn: pulumi.Input[str]
    dead_letters_arn: pulumi.Input[str]
    grants: Sequence[Grant]
    account_id: pulumi.Input[str]


def schedule_input(*, short: bool = False) -> str:
    """The event: the Scheduler fills in the scheduled time, so that a retry looks at the same window."""
    return json.dumps(
        ({"short": True} if short else {}) | {"scheduled_time": "<aws.scheduler.scheduled-time>"}
    )


def window(minutes: int) -> dict[str, Any]:
    """The flexible window in the provider's spelling."""
    return {"mode": "FLEXIBLE", "maximum_window_in_minutes": minutes} if minutes else {"mode": "OFF"}


class DailySchedule(pulumi.ComponentResource):
    """The daily schedule and those of the short syncs, in a group of their own."""

    schedule_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DailyScheduleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:DailySchedule", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.scheduler.ScheduleGroup(name, tags=_TAGS, opts=child)
        role = aws.iam.Role(
            f"{name}-role",
            description="Starts the sync of MyRunStreak",
            assume_role_policy=pulumi.Output.all(args.account_id, group.arn).apply(
                lambda known: json.dumps(
                    iam.trust("scheduler.amazonaws.com", **iam.on_behalf_of(known[0], known[1]))
                )
            ),
            tags=_TAGS,
            opts=child,
        )
        granted = [grant(role, "schedule") for grant in args.grants]

        def schedule(
            name: str, description: str, expression: str, window_minutes: int, event: str
        ) -> aws.scheduler.Schedule:
            return aws.scheduler.Schedule(
                name,
                description=description,
                group_name=group.name,
                schedule_expression=expression,
                schedule_expression_timezone=args.config.schedule_timezone,
                flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(**window(window_minutes)),
                target={
                    "arn": args.target_arn,
                    "role_arn": role.arn,
                    "input": event,
                    "retry_policy": {
                        "maximum_retry_attempts": RETRIES,
                        "maximum_event_age_in_seconds": EVENT_AGE_S,
                    },
                    "dead_letter_config": {"arn": args.dead_letters_arn},
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
            )

        daily = schedule(
            name,
            "Starts the daily sync",
            args.config.schedule,
            args.config.flexible_window_minutes,
            schedule_input(),
        )
        for time in args.config.extra_sync_times:
            # By its time, so that another time more or less leaves this one alone.
            schedule(
                f"{name}-extra-{time.replace(':', '')}",
                "Starts a short sync",
                daily_at(time),
                0,
                schedule_input(short=True),
            )
        self.schedule_arn = daily.arn
        self.register_outputs({"schedule_arn": self.schedule_arn})
