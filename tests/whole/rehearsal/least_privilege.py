"""Holds the AWS calls that were made against the policies that allow them, both ways.

A call needs one or more permissions, each an action on an ARN. Some calls are not seen, since AWS makes them
in the role's name: they follow from how the resources are wired.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.stage.iam import Grant, Need, grants
from tests.whole.rehearsal.engine import Deployment, Resource


def grants_of_role(deployment: Deployment, role: str) -> list[Grant]:
    """Everything the role may do by its inline policies; the program attaches no others."""
    assert not deployment.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    policies = deployment.of_type("aws:iam/rolePolicy:RolePolicy")
    return [one for it in policies if it.inputs["role"] == role for one in grants(it.inputs["policy"])]


_S3_ACTIONS = {
    "GetObject": ["s3:GetObject"],
    "HeadObject": ["s3:GetObject"],
    "PutObject": ["s3:PutObject"],
    "CreateMultipartUpload": ["s3:PutObject"],
    "UploadPart": ["s3:PutObject"],
    "CompleteMultipartUpload": ["s3:PutObject"],
    "AbortMultipartUpload": ["s3:AbortMultipartUpload"],
    "DeleteObject": ["s3:DeleteObject"],
}
_ABSENT = {"NoSuchKey", "404", "NotFound"}


def needs_of_call(
    call: dict[str, Any], secret_arns: dict[str, str], *, tells_absent_from_forbidden: bool = True
) -> list[Need]:
    """The permissions that AWS asks for one recorded call.

    Args:
        secret_arns: ARNs of secrets and parameters by name.
        tells_absent_from_forbidden: whether the caller has to know if a missing object is really missing.

    Raises:
        NotImplementedError: a call that is not described here.
    """
    service, operation, parameters = call["service"], call["operation"], call["parameters"]
    if service == "secretsmanager":
        asked: str = parameters.get("SecretId", "")
        arn = secret_arns.get(asked) or asked
        return [Need(f"secretsmanager:{operation}", arn)]
    if service == "ssm":
        return [Need(f"ssm:{operation}", secret_arns[parameters["Name"]])]
    if (service, operation) == ("lambda", "Invoke"):
        return [Need("lambda:InvokeFunction", parameters["FunctionName"])]
    if (service, operation) == ("sns", "Publish"):
        return [Need("sns:Publish", parameters["TopicArn"])]
    if service == "s3":
        bucket = f"arn:aws:s3:::{parameters['Bucket']}"
        if operation == "ListObjectsV2":
            return [Need("s3:ListBucket", bucket, (("s3:prefix", parameters.get("Prefix", "")),))]
        if operation == "CopyObject":
            raise NotImplementedError("CopyObject: describe its two needs in least_privilege.py")
        if operation in _S3_ACTIONS:
            needs = [Need(action, f"{bucket}/{parameters['Key']}") for action in _S3_ACTIONS[operation]]
            if call["error"] in _ABSENT and tells_absent_from_forbidden:
                # AWS answers 403 for a missing object to those who may not list. The request has no prefix,
                # so that a grant on condition of one does not help.
                needs.append(Need("s3:ListBucket", bucket))
            return needs
    raise NotImplementedError(f"{service} {operation}: describe what it needs in least_privilege.py")


def needs_of_function(function: Resource, deployment: Deployment) -> list[Need]:
    """What Lambda itself does in the function's name: logs, traces, the dead-letter queue."""
    needs: list[Need] = []
    group = (function.inputs.get("loggingConfig") or {}).get("logGroup")
    if group:
        arn = f"arn:aws:logs:{function.region}:{function.outputs['arn'].split(':')[4]}:log-group:{group}"
        stream = f"{arn}:log-stream:2026/01/01/[$LATEST]0"
        needs += [Need("logs:CreateLogStream", stream), Need("logs:PutLogEvents", stream)]
    if (function.inputs.get("tracingConfig") or {}).get("mode") == "Active":
        needs += [Need("xray:PutTraceSegments", "*"), Need("xray:PutTelemetryRecords", "*")]
    targets = [(function.inputs.get("deadLetterConfig") or {}).get("targetArn")]
    for config in deployment.of_type("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"):
        if config.inputs["functionName"] in {function.id, function.outputs["arn"]}:
            destinations = config.inputs.get("destinationConfig") or {}
            targets += [
                (destinations.get(kind) or {}).get("destination") for kind in ("onFailure", "onSuccess")
            ]
    return needs + [_delivery(arn) for arn in targets if arn]


def needs_of_schedule(schedule: Resource) -> list[Need]:
    """What EventBridge Scheduler does in its role's name: invoke the target, deliver what it could not."""
    target = schedule.inputs["target"]
    dead_letters = (target.get("deadLetterConfig") or {}).get("arn")
    return [Need("lambda:InvokeFunction", target["arn"])] + (
        [_delivery(dead_letters)] if dead_letters else []
    )


def needs_of_replication(source: str, replica: str) -> list[Need]:
    """What S3 does in the replication role's name; both are bucket ARNs."""
    return [
        Need("s3:GetReplicationConfiguration", source),
        Need("s3:ListBucket", source),
        *(
            Need(f"s3:{action}", f"{source}/any")
            for action in (
                "GetObjectVersionForReplication",
                "GetObjectVersionAcl",
                "GetObjectVersionTagging",
            )
        ),
        *(
            Need(f"s3:{action}", f"{replica}/any")
            for action in ("ReplicateObject", "ReplicateDelete", "ReplicateTags")
        ),
    ]


def _delivery(arn: str) -> Need:
    return Need("sqs:SendMessage" if ":sqs:" in arn else "sns:Publish", arn)


def denied(needs: Iterable[Need], allowed: Iterable[Grant]) -> list[Need]:
    """Needs that no grant covers."""
    allowed = list(allowed)
    return sorted(
        {need for need in needs if not any(grant.covers(need) for grant in allowed)},
        key=lambda need: (need.action, need.arn),
    )


def idle(needs: Iterable[Need], allowed: Iterable[Grant]) -> list[Grant]:
    """Grants that cover no need."""
    needs = list(needs)
    return [grant for grant in allowed if not any(grant.covers(need) for need in needs)]


def misfits(
    function: Resource, deployment: Deployment, calls: list[dict[str, Any]], arns: dict[str, str]
) -> tuple[list[Need], list[Grant], list[dict[str, Any]]]:
    """What a function that may not list lacks, what it may do in vain, and which of its calls were refused."""
    needs = [need for call in calls for need in needs_of_call(call, arns, tells_absent_from_forbidden=False)]
    needs += needs_of_function(function, deployment)
    allowed = grants_of_role(deployment, function.inputs["role"].rpartition("/")[2])
    refused = [call for call in calls if "AccessDenied" in str(call["error"])]
    return denied(needs, allowed), idle(needs, allowed), refused
