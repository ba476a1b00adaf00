"""Starts the sync every day at the runner's own times; a start that fails becomes a dead letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from infra.components.scheduler import Schedule, SchedulerArgs, make_schedules
from infra.config import StackConfig
from infra.grants import Grant
from infra.naming import component_tags
from infra.schedules import daily_at


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


class DailySchedule(pulumi.ComponentResource):
    """The daily schedule and those of the short syncs, in a group of their own."""

    schedule_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DailyScheduleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:DailySchedule", name, None, opts)
        daily = Schedule(
            name=name,
            description="Starts the daily sync",
            expression=args.config.schedule,
            event={},
            window_minutes=args.config.flexible_window_minutes,
        )
        extra = [
            Schedule(
                # By its time, so that another time more or less leaves this one alone.
                name=f"{name}-extra-{time.replace(':', '')}",
                description="Starts a short sync",
                expression=daily_at(time),
                event={"short": True},
            )
            for time in args.config.extra_sync_times
        ]
        made, *_ = make_schedules(
            name,
            SchedulerArgs(
                role_description="Starts the sync of MyRunStreak",
                grantee="schedule",
                timezone=args.config.schedule_timezone,
                target_arn=args.target_arn,
                dead_letters_arn=args.dead_letters_arn,
                grants=args.grants,
                account_id=args.account_id,
                tags=component_tags("DailySchedule"),
                at_rest=args.config.standby,
            ),
            [daily, *extra],
            self,
        )
        self.schedule_arn = made.arn
        self.register_outputs({"schedule_arn": self.schedule_arn})
