"""The read-only HTTP API: a Lambda with a role and a log of its own, behind a gateway that limits what comes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.entry_points import API_HANDLER

from infra.config import StackConfig
from infra.documents import iam
from infra.documents.gateway import PAGE_FILES, access_log_format, callers, default_limits, page_limits
from infra.functions import ALIAS, function_environment, logging_config, own_policy
from infra.naming import component_tags
from infra.package import LambdaPackage

_TAGS = component_tags("AnalyticsApi")
# What the settings say about secrets is not for a function that may read none.
_NOT_ITS_BUSINESS = ("TOKENS_SECRET", "SYNC_STATE_SECRET")


@dataclass(frozen=True, kw_only=True)
class AnalyticsApiArgs:
    """What the API needs.

    Attributes:
        config: size, time, runtime, throttling, log retention, and what the application is told.
        package: the built zip, the sync's own.
        bucket_name: where the record is.
        keys_parameter_name: where the hashes of the keys are.
        grants: what the role may do; made before the function, so that no request comes too early.
    """

    config: StackConfig
    package: LambdaPackage
    bucket_name: pulumi.Input[str]
    keys_parameter_name: pulumi.Input[str]
    grants: Sequence[iam.Grant]


def api_environment(config: StackConfig, bucket_name: str, keys_parameter_name: str) -> dict[str, str]:
    """The function's variables."""
    variables = function_environment(config.settings(bucket_name, api_keys=keys_parameter_name))
    return {name: value for name, value in variables.items() if name not in _NOT_ITS_BUSINESS}


class AnalyticsApi(pulumi.ComponentResource):
    """The function that answers, and the HTTP API in front of it."""

    url: pulumi.Output[str]
    api_id: pulumi.Output[str]
    function_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: AnalyticsApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:AnalyticsApi", name, None, opts)
        self._base = name
        self._child = pulumi.ResourceOptions(parent=self)
        logs = self._log_group("log", f"/aws/lambda/{name}", args.config)
        role = aws.iam.Role(
            f"{name}-role",
            description="The API of MyRunStreak",
            assume_role_policy=json.dumps(iam.trust("lambda.amazonaws.com")),
            tags=_TAGS,
            opts=self._child,
        )
        own = aws.iam.RolePolicy(
            f"{name}-own",
            role=role.name,
            policy=logs.arn.apply(lambda arn: json.dumps(own_policy(arn))),
            opts=self._child,
        )
        function = self._function(args, role, logs, [own, *(grant(role, "api") for grant in args.grants)])
        alias = aws.lambda_.Alias(
            f"{name}-live",
            name=ALIAS,
            description="The version that answers",
            function_name=function.name,
            function_version=function.version,
            opts=self._child,
        )
        api = self._gateway(args.config, alias)
        aws.lambda_.Permission(
            f"{name}-calls",
            action="lambda:InvokeFunction",
            function=function.name,
            qualifier=alias.name,
            principal="apigateway.amazonaws.com",
            source_arn=api.execution_arn.apply(callers),
            opts=self._child,
        )
        self.url, self.api_id = api.api_endpoint, api.id
        self.function_name, self.role_arn, self.log_group_name = function.name, role.arn, logs.name
        self.register_outputs(
            {
                "url": self.url,
                "api_id": self.api_id,
                "function_name": self.function_name,
                "role_arn": self.role_arn,
                "log_group_name": self.log_group_name,
            }
        )

    def _function(
        self,
        args: AnalyticsApiArgs,
        role: aws.iam.Role,
        logs: aws.cloudwatch.LogGroup,
        granted: list[pulumi.Resource],
    ) -> aws.lambda_.Function:
        known = pulumi.Output.all(args.bucket_name, args.keys_parameter_name)
        environment = known.apply(lambda parts: api_environment(args.config, parts[0], parts[1]))
        return aws.lambda_.Function(
            self._base,
            name=self._base,
            description="Answers questions about a runner's record",
            code=pulumi.FileArchive(args.package.path),
            handler=API_HANDLER,
            runtime=args.config.runtime,
            architectures=[args.config.architecture],
            memory_size=args.config.api_memory_mb,
            timeout=args.config.api_timeout_s,
            ephemeral_storage={"size": args.config.tmp_mb},
            role=role.arn,
            environment={"variables": environment},
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                **logging_config(logs.name, args.config.log_level)
            ),
            tracing_config={"mode": "Active"},
            publish=True,
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )

    def _gateway(self, config: StackConfig, alias: aws.lambda_.Alias) -> aws.apigatewayv2.Api:
        api = aws.apigatewayv2.Api(
            self._base,
            description="MyRunStreak: a runner's record, read-only",
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
            for part, key in (("everything", "$default"), ("page-files", PAGE_FILES))
        ]
        # Below this prefix the gateway may write without the account's log policy growing by each group.
        access = self._log_group("access", f"/aws/vendedlogs/{self._base}-access", config)
        aws.apigatewayv2.Stage(
            f"{self._base}-stage",
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                **default_limits(config.api_requests_per_second)
            ),
            route_settings=[aws.apigatewayv2.StageRouteSettingArgs(**page_limits())],
            access_log_settings={"destination_arn": access.arn, "format": access_log_format()},
            tags=_TAGS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
        return api

    def _log_group(self, part: str, name: str, config: StackConfig) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._base}-{part}",
            name=name,
            retention_in_days=config.log_retention_days,
            tags=_TAGS,
            opts=self._child,
        )
