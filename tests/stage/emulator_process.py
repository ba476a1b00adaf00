"""ministack, and what AWS does beside: a deleted table's files go with it. Run by the emulator's own Python."""

from __future__ import annotations

from typing import Any

from ministack.app import main  # pyright: ignore[reportMissingImports]
from ministack.services import s3, s3tables  # pyright: ignore[reportMissingImports]

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


s3tables._delete_table = delete_table_and_files
main()
