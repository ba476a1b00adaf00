"""Starts the syncs of a club: every quarter of an hour a function sends those that are due to the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import DISPATCH_HANDLER

from infra.components.lambda_function import LambdaFunctionArgs, Places, make_function
from infra.components.scheduler import Schedule, SchedulerArgs, make_schedules
from infra.config import StackConfig
from infra.documents import iam
from infra.grants import Grant, grant
from infra.naming import component_tags
from infra.package import LambdaPackage

EVERY_MINUTES: Final = 15
TIMEOUT_S: Final = 300

_TAGS = component_tags("Dispatch")


@dataclass(frozen=True, kw_only=True)
class DispatchArgs:
    """What the function and its schedule need.

    Attributes:
        config: runtime, memory, log retention, and what all runners share.
        package: the built zip.
        bucket_name: the bucket of the registry.
        club: the settings that name the club's parts.
        dead_letters_arn: the queue for starts that failed for good.
        grants: what the function's role may do.
        grant_letters: lets a role send dead letters.
        account_id: the only account whose schedules may start the function.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    club: Places
    dead_letters_arn: pulumi.Input[str]
    grants: Sequence[Grant]
    grant_letters: Grant
    account_id: pulumi.Input[str]


def invoke_policy(alias_arn: str) -> iam.Document:
    """What the schedule may do: invoke this function through its alias."""
    return iam.document(iam.allow("StartTheDispatch", ["lambda:InvokeFunction"], [alias_arn]))


class Dispatch(pulumi.ComponentResource):
    """The function and its schedule. It keeps until when it has looked, so that a start that is late loses nothing."""

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: DispatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:Dispatch", name, None, opts)
        self._base = name
        made = make_function(
            name,
            LambdaFunctionArgs(
                config=args.config,
                package=args.package,
                handler=DISPATCH_HANDLER,
                description="Sends the syncs of a club's runners that are due to the queue",
                role_description="The dispatch of MyRunStreak",
                alias_description="The version that the schedule starts",
                grantee="dispatch",
                tags=_TAGS,
                memory_mb=args.config.memory_mb,
                timeout_s=TIMEOUT_S,
                bucket_name=args.bucket_name,
                club=args.club,
                grants=[*args.grants, args.grant_letters],
                dead_letters_arn=args.dead_letters_arn,
            ),
            self,
        )
        self._alias_arn = made.alias.arn
        make_schedules(
            f"{name}-every",
            SchedulerArgs(
                role_description="Starts the dispatch of MyRunStreak",
                grantee="dispatch-schedule",
                timezone=args.config.schedule_timezone,
                target_arn=made.alias.arn,
                dead_letters_arn=args.dead_letters_arn,
                grants=[self._grant_invoke, args.grant_letters],
                account_id=args.account_id,
                tags=_TAGS,
                at_rest=False,
            ),
            [
                Schedule(
                    name=f"{name}-every",
                    description="Starts the dispatch",
                    expression=f"rate({EVERY_MINUTES} minutes)",
                    event={},
                )
            ],
            self,
        )
        self.function_name = made.function.name
        self.register_outputs({"function_name": self.function_name})

    def _grant_invoke(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        return grant(self, f"{self._base}-for-{grantee}", role, invoke_policy, self._alias_arn)
