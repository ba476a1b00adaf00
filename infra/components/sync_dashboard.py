"""One page that shows how sync and API have been doing for 90 days, and what to do when they do badly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents.dashboard import Watched, dashboard_body, dashboard_url


@dataclass(frozen=True, kw_only=True)
class SyncDashboardArgs:
    """The names of what is shown.

    Attributes:
        alarms: the alarms' keys, for the links into the runbook.
    """

    config: StackConfig
    function_name: pulumi.Input[str]
    log_group_name: pulumi.Input[str]
    bucket_name: pulumi.Input[str]
    queue_name: pulumi.Input[str]
    api_id: pulumi.Input[str]
    api_function_name: pulumi.Input[str]
    alarms: Sequence[str]


class SyncDashboard(pulumi.ComponentResource):
    """The CloudWatch dashboard."""

    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: SyncDashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:SyncDashboard", name, None, opts)
        names = pulumi.Output.all(
            args.function_name,
            args.log_group_name,
            args.bucket_name,
            args.queue_name,
            args.api_id,
            args.api_function_name,
        )
        dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=name,
            dashboard_body=names.apply(
                lambda known: json.dumps(
                    dashboard_body(
                        Watched(
                            region=args.config.region,
                            environment=args.config.environment,
                            function_name=known[0],
                            log_group_name=known[1],
                            bucket_name=known[2],
                            queue_name=known[3],
                            api_id=known[4],
                            api_function_name=known[5],
                            runbook_url=args.config.runbook_url,
                            alarms=list(args.alarms),
                        )
                    )
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = dashboard.dashboard_name.apply(lambda shown: dashboard_url(args.config.region, shown))
        self.register_outputs({"url": self.url})
