"""One page that shows a stack over the last 90 days, and what to do when an alarm rings."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents.console import dashboard_url
from infra.documents.panels import Body


@dataclass(frozen=True, kw_only=True)
class SyncDashboardArgs:
    """What the dashboard shows.

    Attributes:
        config: where it is.
        body: as CloudWatch reads it.
    """

    config: StackConfig
    body: pulumi.Input[Body]


class SyncDashboard(pulumi.ComponentResource):
    """The CloudWatch dashboard."""

    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: SyncDashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("myrunstreak:infra:SyncDashboard", name, None, opts)
        dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=name,
            dashboard_body=pulumi.Output.from_input(args.body).apply(json.dumps),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = dashboard.dashboard_name.apply(lambda named: dashboard_url(args.config.region, named))
        self.register_outputs({"url": self.url})
