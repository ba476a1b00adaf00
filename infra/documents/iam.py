"""Policy documents as plain dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], **conditions: Any) -> Document:
    """One statement that allows exact actions on exact resources."""
    statement: Document = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
    }
    return statement | ({"Condition": conditions} if conditions else {})


def document(*statements: Document) -> Document:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def tls_only(actions: str, *resources: str) -> Document:
    """The statement that refuses every request without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def trust(service: str, **conditions: Any) -> Document:
    """The trust policy of a role for one AWS service."""
    statement: Document = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document(statement | ({"Condition": conditions} if conditions else {}))


def trust_roles(arns: Sequence[str]) -> Document:
    """The trust policy of a role for other roles."""
    return document({"Effect": "Allow", "Principal": {"AWS": list(arns)}, "Action": "sts:AssumeRole"})


def on_behalf_of(account_id: str, source_arn: str | None = None) -> Document:
    """Conditions that limit a service to this account (and to one of its resources)."""
    conditions: Document = {"StringEquals": {"aws:SourceAccount": account_id}}
    return conditions | ({"ArnLike": {"aws:SourceArn": source_arn}} if source_arn else {})
