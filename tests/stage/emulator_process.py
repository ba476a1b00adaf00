"""ministack, with what AWS does besides: files of a deleted table go, and IAM asks for the rights that AWS asks for.

Run by the emulator's own Python. With WITHOUT_DELAYS in the environment no message of a queue waits before it is seen.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import unquote

from ministack.app import main  # pyright: ignore[reportMissingImports]
from ministack.core import iam_actions  # pyright: ignore[reportMissingImports]
from ministack.services import s3, s3tables, sqs  # pyright: ignore[reportMissingImports]

delete_table = s3tables._delete_table


def delete_table_and_files(bucket_arn: str, namespace: str, name: str) -> Any:
    """Delete a table; its files, and its notes of them, which the emulator keeps under the table's newest name."""
    table = s3tables._tables.get(s3tables._table_key(bucket_arn, namespace, name))
    answer = delete_table(bucket_arn, namespace, name)
    if table:
        bucket = bucket_arn.rsplit("/", 1)[-1]
        places = (table["warehouseLocation"], table["metadataLocation"].rsplit("/", 1)[0])
        prefixes = tuple(place.removeprefix(f"s3://{bucket}/") + "/" for place in places)
        for key in [key for key in s3._ensure_bucket(bucket)["objects"] if key.startswith(prefixes)]:
            s3._delete_object(bucket, key)
    return answer


def action_of(*request: Any, **named: Any) -> str | None:
    """The right that is asked for: who may send one message may send ten."""
    action = extract_iam_action(*request, **named)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


def resource_of(service: str, method: str, path: str, *request: Any, **named: Any) -> Any:
    """The ARN on which a right is asked for: of a table bucket or one of its tables where the request names it."""
    found = _TABLES.match(unquote(path)) if service == "s3tables" else None
    if found is None:
        return extract_resource_arn(service, method, path, *request, **named)
    bucket, table = found.groups()
    return f"{bucket}/table/{table}" if table else bucket


def send_at_once(data: dict[str, Any], url: str) -> Any:
    """Send a message that is seen at once."""
    return send_message({**data, "DelaySeconds": 0}, url)


_TABLES = re.compile(r"/tables/(arn:aws:s3tables:[^/]+/[^/]+)(?:/[^/]+/([^/]+))?")

s3tables._delete_table = delete_table_and_files
extract_iam_action, iam_actions.extract_iam_action = iam_actions.extract_iam_action, action_of
extract_resource_arn, iam_actions.extract_resource_arn = iam_actions.extract_resource_arn, resource_of
send_message = sqs._act_send_message
if os.environ.get("WITHOUT_DELAYS"):
    sqs._act_send_message = send_at_once
main()
