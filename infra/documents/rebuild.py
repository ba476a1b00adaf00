"""The state machine that goes over all runners of a club, as a plain value.

Its input says what for. ``{"what": "backfill"}``: a worker reads the whole history of each runner again; a child of that
kind is a standard execution, since an express one ends after five minutes and a first sync may take fifteen.
``{"what": "lake"}``: the lake writer is told of each record; a child only sends a message, and an express one costs a
fiftieth. Each child has one state, since standard ones are paid by the transition.
"""

from __future__ import annotations

from typing import Any, Final

from infra.documents.club_rights import OUTCOMES_PREFIX, REGISTRY_KEY

# In percent: a few dead tokens are not a failure of the whole.
TOLERATED: Final = 5
# Messages go out faster than the writer takes them in batches.
SENDERS: Final = 40

State = dict[str, Any]


def definition(bucket_name: str, worker_arn: str, lake_queue_url: str, workers: int) -> State:
    """The machine in Amazon's States Language; `workers` bounds how many backfills run at once."""
    sync: State = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": worker_arn,
            "Payload": {"runner.$": "$.runner", "sync": {"full": True}},
        },
        "Retry": [
            {
                "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException"],
                "IntervalSeconds": 5,
                "BackoffRate": 2,
                "MaxAttempts": 6,
            }
        ],
        # A runner's result is in the worker's log, not in a file about all runners.
        "ResultPath": None,
        "End": True,
    }
    tell: State = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": lake_queue_url, "MessageBody": {"runner.$": "$.runner"}},
        "ResultPath": None,
        "End": True,
    }
    return {
        "Comment": "Goes over all runners of a club",
        "StartAt": "What",
        "States": {
            "What": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.what", "StringEquals": "backfill", "Next": "Backfill"},
                    {"Variable": "$.what", "StringEquals": "lake", "Next": "Lake"},
                ],
                "Default": "Unknown",
            },
            "Unknown": {
                "Type": "Fail",
                "Error": "InvalidInput",
                "Cause": 'Accepted: {"what": "backfill"} or {"what": "lake"}.',
            },
            "Backfill": _for_each(bucket_name, "Sync", sync, "STANDARD", workers),
            "Lake": _for_each(bucket_name, "Tell", tell, "EXPRESS", SENDERS),
        },
    }


def _for_each(bucket_name: str, name: str, task: State, kind: str, at_once: int) -> State:
    return {
        "Type": "Map",
        "Label": name,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/runners"},
            "Parameters": {"Bucket": bucket_name, "Key": REGISTRY_KEY},
        },
        "ItemSelector": {"runner.$": "$$.Map.Item.Value.id"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": name,
            "States": {name: task},
        },
        "MaxConcurrency": at_once,
        "ToleratedFailurePercentage": TOLERATED,
        # The outcomes of many runners do not fit into an execution's output.
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket_name, "Prefix": OUTCOMES_PREFIX},
        },
        "End": True,
    }
