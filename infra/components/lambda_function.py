"""Makes a Lambda function for a component: its role, its log group, and the alias `live` that callers use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.config import StackConfig
from infra.documents import iam
from infra.grants import Grant, grant
from infra.naming import log_group
from infra.package import LambdaPackage

ALIAS: Final = "live"
EVENT_AGE_S: Final = 3600

# Settings by their names; some of their values only AWS knows.
Places = Mapping[str, pulumi.Input[str]]

# Settings that name a secret: a function gets those that it may read, and no others.
_SECRETS: Final = ("tokens_secret", "sync_state_secret", "api_keys", "notify_urls")


@dataclass(frozen=True, kw_only=True)
class StoredPackage:
    """A package on S3, from where Lambda takes one that is too large to be sent with the function.

    Attributes:
        key: another one for other bytes, by which Lambda learns of them.
    """

    bucket_name: pulumi.Input[str]
    key: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class LambdaFunctionArgs:
    """What a function needs.

    Attributes:
        handler: the entry point in the package.
        description, role_description, alias_description: shown in the AWS console.
        grantee: the function's short name in the names of its policies.
        tags: the component's.
        places: the settings that name what the function may read or start, such as ``tokens_secret``.
        club: the settings that name the parts of a club, such as ``sync_queue``; None: the function is of one runner.
        tmp_mb: the size of /tmp; None: the configuration's.
        grants: what the role may do; made before the function, so that no invocation comes too early.
        dead_letters_arn: the queue for asynchronous events that failed for good; None: the function has none.
        retry_attempts: how often Lambda tries such an event again before that.
    """

    config: StackConfig
    package: LambdaPackage | StoredPackage
    handler: str
    description: str
    role_description: str
    alias_description: str
    grantee: str
    tags: Mapping[str, str]
    memory_mb: int
    timeout_s: int
    bucket_name: pulumi.Input[str]
    grants: Sequence[Grant]
    places: Places = field(default_factory=dict[str, pulumi.Input[str]])
    club: Places | None = None
    tmp_mb: int | None = None
    reserved_concurrency: int = 0
    dead_letters_arn: pulumi.Input[str] | None = None
    retry_attempts: int = 2


@dataclass(frozen=True)
class LambdaFunction:
    """A function with what stands around it."""

    function: aws.lambda_.Function
    alias: aws.lambda_.Alias
    role: aws.iam.Role
    log_group: aws.cloudwatch.LogGroup


def function_environment(
    config: StackConfig, bucket_name: str, club: Mapping[str, str] | None = None, **places: str
) -> dict[str, str]:
    """A function's variables: the contract's settings. No secret is among them.

    Lambda sets `AWS_REGION` itself and refuses it from others. A club has no database of its own: its functions get
    what all runners share, and where the club's parts are.
    """
    variables = config.settings(bucket_name, **places).to_env()
    withheld = {"AWS_REGION", *(name.upper() for name in _SECRETS if name not in places)}
    if club is not None:
        withheld.add("DUCKDB_PATH")
        variables |= config.club_settings(bucket_name, **club).to_env()
    return {name: value for name, value in variables.items() if name not in withheld}


def own_policy(log_group_arn: str) -> iam.Document:
    """Logs into its own group, and traces; X-Ray's API knows no resources, hence the one `*`."""
    return iam.document(
        iam.allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"]),
        iam.allow("SendTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
    )


def make_function(name: str, args: LambdaFunctionArgs, parent: pulumi.Resource) -> LambdaFunction:
    """Make a function below a component.

    No component of its own: the URNs of deployed functions say that their parent is the component that asks.
    """
    child = pulumi.ResourceOptions(parent=parent)
    logs = aws.cloudwatch.LogGroup(
        f"{name}-log",
        name=log_group(name),
        retention_in_days=args.config.log_retention_days,
        tags=args.tags,
        opts=child,
    )
    role = aws.iam.Role(
        f"{name}-role",
        description=args.role_description,
        assume_role_policy=json.dumps(iam.trust("lambda.amazonaws.com")),
        tags=args.tags,
        opts=child,
    )
    own = grant(parent, f"{name}-own", role, own_policy, logs.arn)
    after_grants = pulumi.ResourceOptions(
        parent=parent, depends_on=[own, *(allow(role, args.grantee) for allow in args.grants)]
    )
    package = args.package
    stored = package if isinstance(package, StoredPackage) else None
    function = aws.lambda_.Function(
        name,
        name=name,
        description=args.description,
        code=pulumi.FileArchive(package.path) if isinstance(package, LambdaPackage) else None,
        s3_bucket=stored and stored.bucket_name,
        s3_key=stored and stored.key,
        handler=args.handler,
        runtime=args.config.runtime,
        architectures=[args.config.architecture],
        memory_size=args.memory_mb,
        timeout=args.timeout_s,
        ephemeral_storage={"size": args.tmp_mb or args.config.tmp_mb},
        role=role.arn,
        environment={
            "variables": pulumi.Output.all(
                bucket_name=args.bucket_name,
                club=None if args.club is None else pulumi.Output.all(**args.club),
                **args.places,
            ).apply(lambda known: function_environment(args.config, **known))
        },
        # Metrics are log lines without a level, which Lambda takes for INFO: never filter that away.
        logging_config={
            "log_format": "JSON",
            "log_group": logs.name,
            "application_log_level": "DEBUG" if args.config.log_level == "DEBUG" else "INFO",
            "system_log_level": "INFO",
        },
        tracing_config={"mode": "Active"},
        reserved_concurrent_executions=args.reserved_concurrency or None,
        publish=True,
        tags=args.tags,
        opts=after_grants,
    )
    alias = aws.lambda_.Alias(
        f"{name}-live",
        name=ALIAS,
        description=args.alias_description,
        function_name=function.name,
        function_version=function.version,
        opts=child,
    )
    if args.dead_letters_arn is not None:
        # Lambda checks that the role may send to the queue when this is made.
        aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-failures",
            function_name=function.name,
            qualifier=alias.name,
            maximum_retry_attempts=args.retry_attempts,
            maximum_event_age_in_seconds=EVENT_AGE_S,
            destination_config={"on_failure": {"destination": args.dead_letters_arn}},
            opts=after_grants,
        )
    return LambdaFunction(function, alias, role, logs)
