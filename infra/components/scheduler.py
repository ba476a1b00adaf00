"""Makes schedules for a component: their group, and the role in which they start a function."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.documents import iam
from infra.grants import Grant

RETRIES: Final = 5
EVENT_AGE_S: Final = 3600
# EventBridge Scheduler fills it in, so that a retry looks at the same time.
SCHEDULED_TIME: Final = "<aws.scheduler.scheduled-time>"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a function is started, and with what.

    Attributes:
        name: the schedule's.
        expression: a `cron(...)` or `rate(...)`.
        event: what the function gets beside the scheduled time.
        window_minutes: within how many minutes after its time it may start.
    """

    name: str
    description: str
    expression: str
    event: Mapping[str, Any]
    window_minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class SchedulerArgs:
    """What the schedules of a component share.

    Attributes:
        role_description: shown in the AWS console.
        grantee: the role's short name in the names of its policies.
        timezone: the zone in which the schedules are read.
        target_arn: the function to invoke.
        dead_letters_arn: the queue for starts that failed for good.
        grants: the rights of the role: invoke the target, send dead letters.
        account_id: the only account whose schedules may take the role.
        tags: the component's.
        at_rest: the schedules are made and start nothing.
    """

    role_description: str
    grantee: str
    timezone: str
    target_arn: pulumi.Input[str]
    dead_letters_arn: pulumi.Input[str]
    grants: Sequence[Grant]
    account_id: pulumi.Input[str]
    tags: Mapping[str, str]
    at_rest: bool


def event_text(event: Mapping[str, Any]) -> str:
    """A schedule's input: the event with its scheduled time."""
    return json.dumps({**event, "scheduled_time": SCHEDULED_TIME})


def window(minutes: int) -> dict[str, Any]:
    """The flexible window in the provider's spelling."""
    return {"mode": "FLEXIBLE", "maximum_window_in_minutes": minutes} if minutes else {"mode": "OFF"}


def make_schedules(
    name: str, args: SchedulerArgs, schedules: Sequence[Schedule], parent: pulumi.Resource
) -> list[aws.scheduler.Schedule]:
    """Make schedules below a component, in a group and with a role of their own.

    No component of its own: the URNs of deployed schedules say that their parent is the component that asks.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.scheduler.ScheduleGroup(name, tags=args.tags, opts=child)
    role = aws.iam.Role(
        f"{name}-role",
        description=args.role_description,
        assume_role_policy=pulumi.Output.all(args.account_id, group.arn).apply(
            lambda known: json.dumps(
                iam.trust("scheduler.amazonaws.com", **iam.on_behalf_of(known[0], known[1]))
            )
        ),
        tags=args.tags,
        opts=child,
    )
    after_grants = pulumi.ResourceOptions(
        parent=parent, depends_on=[allow(role, args.grantee) for allow in args.grants]
    )
    return [
        aws.scheduler.Schedule(
            schedule.name,
            description=schedule.description,
            group_name=group.name,
            schedule_expression=schedule.expression,
            schedule_expression_timezone=args.timezone,
            state="DISABLED" if args.at_rest else None,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(
                **window(schedule.window_minutes)
            ),
            target={
                "arn": args.target_arn,
                "role_arn": role.arn,
                "input": event_text(schedule.event),
                "retry_policy": {
                    "maximum_retry_attempts": RETRIES,
                    "maximum_event_age_in_seconds": EVENT_AGE_S,
                },
                "dead_letter_config": {"arn": args.dead_letters_arn},
            },
            opts=after_grants,
        )
        for schedule in schedules
    ]
