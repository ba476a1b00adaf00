"""Starts the messages on the minute, at the times of the reminders and in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from myrunstreak.contract.times import DIGEST_AT

from infra.components.scheduler import Schedule, SchedulerArgs, make_schedules
from infra.config import StackConfig
from infra.grants import Grant
from infra.naming import component_tags
from infra.schedules import daily_at


@dataclass(frozen=True, kw_only=True)
class MessageScheduleArgs:
    """What the schedules need.

    Attributes:
        config: the times of the reminders, whether there is a digest, and the zone of both.
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


def schedules(name: str, reminder_times: Sequence[str], *, digest: bool) -> list[Schedule]:
    """A schedule for each time, named by it so that another time more or less leaves this one alone; and the digest's."""
    reminders = [
        Schedule(
            name=f"{name}-{time.replace(':', '')}",
            description="Reminds the runner where the day is still open",
            expression=daily_at(time),
            event={"kind": "reminder"},
        )
        for time in reminder_times
    ]
    morning = Schedule(
        name=f"{name}-digest",
        description="Tells the runner of milestones, the week and the year",
        expression=daily_at(DIGEST_AT),
        event={"kind": "digest"},
    )
    return [*reminders, morning] if digest else reminders


class MessageSchedule(pulumi.ComponentResource):
    """The schedules of reminders and digest, in a group of their own."""

    schedule_arns: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: MessageScheduleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:MessageSchedule", name, None, opts)
        made = make_schedules(
            name,
            SchedulerArgs(
                role_description="Starts the messages of MyRunStreak",
                grantee="message-schedule",
                timezone=args.config.schedule_timezone,
                target_arn=args.target_arn,
                dead_letters_arn=args.dead_letters_arn,
                grants=args.grants,
                account_id=args.account_id,
                tags=component_tags("MessageSchedule"),
                at_rest=args.config.standby,
            ),
            schedules(name, args.config.reminder_times, digest=args.config.digest),
            self,
        )
        self.schedule_arns = pulumi.Output.all(*(schedule.arn for schedule in made))
        self.register_outputs({"schedule_arns": self.schedule_arns})
