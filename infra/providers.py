"""The AWS providers, passed on explicitly: one for the stack's region, one for the replica's."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from infra.config import StackConfig
from infra.naming import Names

# The services behind the resources of this program and the provider itself.
SERVICES: Final = (
    "apigatewayv2",
    "budgets",
    "cloudwatch",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "s3",
    "s3control",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
# What a club needs as well.
CLUB_SERVICES: Final = ("athena", "s3tables", "sfn")


def make_provider(names: Names, config: StackConfig) -> aws.Provider:
    """The provider of the stack's region."""
    return _provider("aws", config.region, names, config)


def make_replica_provider(names: Names, config: StackConfig) -> aws.Provider | None:
    """The provider of the replica's region; None without a replica."""
    return _provider("aws-replica", config.replica_region, names, config) if config.replica_region else None


def _provider(name: str, region: str, names: Names, config: StackConfig) -> aws.Provider:
    tags = aws.ProviderDefaultTagsArgs(tags=names.tags(config.environment))
    if config.aws_endpoint is None:
        return aws.Provider(name, region=region, default_tags=tags)
    services = (*SERVICES, *CLUB_SERVICES) if config.club else SERVICES
    # An emulator: one address for every service, and none of the checks that only AWS passes.
    return aws.Provider(
        name,
        region=region,
        default_tags=tags,
        endpoints=[aws.ProviderEndpointArgs(**dict.fromkeys(services, config.aws_endpoint))],
        s3_use_path_style=True,
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        skip_region_validation=True,
    )
