"""One page that shows sync and API over the last 90 days, and what to do when an alarm rings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents.console import dashboard_url
from infra.documents.dashboard import Watched, dashboard_body


@dataclass(frozen=True, kw_only=True)
class SyncDashboardArgs:
    """What the dashboard shows.

    Attributes:
        message_function_name: None where the stack has no messages.
        alarms: the keys of the alarms, for the links into the runbook.
    """

    config: StackConfig
    function_name: pulumi.Input[str]
    log_group_name: pulumi.Input[str]
    bucket_name: pulumi.Input[str]
    queue_name: pulumi.Input[str]
    api_id: pulumi.Input[str]
    api_function_name: pulumi.Input[str]
    message_function_name: pulumi.Input[str] | None
    alarms: Sequence[str]


class SyncDashboard(pulumi.ComponentResource):
    """The CloudWatch dashboard."""

    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: SyncDashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:SyncDashboard", name, None, opts)
        body = pulumi.Output.all(
            function_name=args.function_name,
            log_group_name=args.log_group_name,
            bucket_name=args.bucket_name,
            queue_name=args.queue_name,
            api_id=args.api_id,
            api_function_name=args.api_function_name,
            message_function_name=args.message_function_name,
        ).apply(
            lambda names: dashboard_body(
                Watched(
                    region=args.config.region,
                    environment=args.config.environment,
                    runbook_url=args.config.runbook_url,
                    alarms=args.alarms,
                    **names,
                )
            )
        )
        dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=name,
            dashboard_body=body.apply(json.dumps),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = dashboard.dashboard_name.apply(lambda named: dashboard_url(args.config.region, named))
        self.register_outputs({"url": self.url})
