"""Reads commands of the AWS command line against AWS's own description of its services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import botocore.session
from botocore import xform_name

# Options that every command takes.
EVERYWHERE = {"--output", "--query", "--profile", "--region", "--cli-binary-format", "--cli-read-timeout"}
# What the command line has beside the services' operations: its options, and whether it takes paths.
OF_ITS_OWN: dict[str, tuple[set[str], bool]] = {
    "configure sso": (set(), False),
    "logs tail": ({"--follow", "--since", "--filter-pattern"}, True),
    "s3 sync": (set(), True),
}
# Where the right that AWS asks for is not called like the operation.
RIGHTS = {
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:CopyObject": "s3:PutObject",
    "lambda:Invoke": "lambda:InvokeFunction",
    "stepfunctions:StartExecution": "states:StartExecution",
}


@dataclass(frozen=True)
class Read:
    """What a command turned out to be: its complaints, and the right that it takes, if it is an operation."""

    wrong: list[str]
    right: str | None = None


def read(words: list[str]) -> Read:
    """A command, from `aws` on."""
    service, operation, *rest = words[1:]
    given = {word.partition("=")[0] for word in rest if word.startswith("--")} - EVERYWHERE
    if own := OF_ITS_OWN.get(f"{service} {operation}"):
        return Read(
            [f"{option} is no option of aws {service} {operation}" for option in sorted(given - own[0])]
        )
    model = _model({"s3api": "s3"}.get(service, service))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return Read([f"aws {service} has no {operation}"])
    shape = model.operation_model(names[operation]).input_shape
    members = {} if shape is None else shape.members
    known = {f"--{xform_name(name, '-')}" for name in members}
    required = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else ())}
    wrong = [f"{option} is no parameter" for option in sorted(given - known)]
    wrong += [f"{option} is missing" for option in sorted(required - given)]
    right = f"{model.service_name}:{names[operation]}"
    return Read(wrong, RIGHTS.get(right, right))


@lru_cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)
