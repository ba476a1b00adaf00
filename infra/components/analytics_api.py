"""The runner's page and the HTTP API: a Lambda with its own role and log, behind a gateway that limits requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import API_HANDLER

from infra.components.lambda_function import LambdaFunctionArgs, Places, make_function
from infra.config import StackConfig
from infra.documents.gateway import (
    PAGE_FILES,
    SWAGGER_FILES,
    access_log_format,
    callers,
    default_limits,
    file_limits,
)
from infra.grants import Grant
from infra.naming import component_tags
from infra.package import LambdaPackage

_TAGS = component_tags("AnalyticsApi")


@dataclass(frozen=True, kw_only=True)
class AnalyticsApiArgs:
    """What the API needs.

    Attributes:
        config: size, time, runtime, throttling, log retention, and the application's settings.
        package: the built zip, which the sync uses too.
        bucket_name: the record's bucket.
        grants: what the role may do.
        places: the settings that name what the function may read or start.
        club: the settings that name the parts of the club whose records it answers from; None for one runner's.
        handler: the entry point in the package.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    grants: Sequence[Grant]
    places: Places = field(default_factory=dict[str, pulumi.Input[str]])
    club: Places | None = None
    handler: str = API_HANDLER


class AnalyticsApi(pulumi.ComponentResource):
    """The function that answers, and the HTTP API in front of it."""

    role_arn: pulumi.Output[str]
    url: pulumi.Output[str]
    api_id: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: AnalyticsApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:AnalyticsApi", name, None, opts)
        self._base = name
        self._child = pulumi.ResourceOptions(parent=self)
        made = make_function(
            name,
            LambdaFunctionArgs(
                config=args.config,
                package=args.package,
                handler=args.handler,
                description="Serves a runner's page, and answers questions about the record",
                role_description="The API of MyRunStreak",
                alias_description="The version that answers",
                grantee="api",
                tags=_TAGS,
                memory_mb=args.config.api_memory_mb,
                timeout_s=args.config.api_timeout_s,
                bucket_name=args.bucket_name,
                places=args.places,
                club=args.club,
                grants=args.grants,
            ),
            self,
        )
        api = self._gateway(args.config, made.alias)
        aws.lambda_.Permission(
            f"{name}-calls",
            action="lambda:InvokeFunction",
            function=made.function.name,
            qualifier=made.alias.name,
            principal="apigateway.amazonaws.com",
            source_arn=api.execution_arn.apply(callers),
            opts=self._child,
        )
        self.url, self.api_id = api.api_endpoint, api.id
        self.function_name, self.role_arn = made.function.name, made.role.arn
        self.register_outputs({"url": self.url, "api_id": self.api_id, "function_name": self.function_name})

    def _gateway(self, config: StackConfig, alias: aws.lambda_.Alias) -> aws.apigatewayv2.Api:
        api = aws.apigatewayv2.Api(
            self._base,
            description="MyRunStreak: a runner's page and record",
            protocol_type="HTTP",
            tags=_TAGS,
            opts=self._child,
        )
        integration = aws.apigatewayv2.Integration(
            f"{self._base}-function",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=alias.invoke_arn,
            payload_format_version="2.0",
            opts=self._child,
        )
        routes = [
            aws.apigatewayv2.Route(
                f"{self._base}-{part}",
                api_id=api.id,
                route_key=key,
                target=integration.id.apply(lambda known: f"integrations/{known}"),
                opts=self._child,
            )
            for part, key in (
                ("everything", "$default"),
                # Named when Swagger UI was the page: the name stays.
                ("page-files", SWAGGER_FILES),
                ("runners-page-files", PAGE_FILES),
            )
        ]
        # Under this prefix the gateway may write without one more entry in the account's log policy.
        access = aws.cloudwatch.LogGroup(
            f"{self._base}-access",
            name=f"/aws/vendedlogs/{self._base}-access",
            retention_in_days=config.log_retention_days,
            tags=_TAGS,
            opts=self._child,
        )
        aws.apigatewayv2.Stage(
            f"{self._base}-stage",
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                **default_limits(config.api_requests_per_second)
            ),
            route_settings=[aws.apigatewayv2.StageRouteSettingArgs(**limits) for limits in file_limits()],
            access_log_settings={"destination_arn": access.arn, "format": access_log_format()},
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
        return api
