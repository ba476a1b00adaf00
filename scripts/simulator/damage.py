"""How a fault changes an answer: functions from one answer to another."""

from __future__ import annotations

import json
from typing import cast

from .api import error_response
from .faults import Fault
from .rate import too_many
from .switches import Switches
from .wire import HTML_TYPE, JSON_TYPE, TEXT_TYPE, Delivery, Response, json_response


def instead_of(fault: Fault, switches: Switches) -> Response | None:
    """The answer that replaces the real one, for faults that need nothing of it; None for the others."""
    match fault.what:
        case "status" if fault.body is not None:
            kind = (
                JSON_TYPE
                if fault.body[:1] in ("{", "[")
                else HTML_TYPE
                if fault.body[:1] == "<"
                else TEXT_TYPE
            )
            return Response(fault.code, fault.body.encode(), kind)
        case "status":
            return error_response(fault.code, switches)
        case "rate_limited":
            return too_many(fault.retry_after, fault.body or "json")
        case "html_body":
            return Response(200, b"<!doctype html><title>Maintenance</title><h1>Back soon</h1>", HTML_TYPE)
        case "not_a_list":
            return json_response({"message": "an object where a list belongs"})
        case _:
            return None


def damaged(fault: Fault, delivery: Delivery) -> Delivery:
    """The delivery after this fault; faults that do not touch the answer return it unchanged."""
    answer = delivery.response
    match fault.what:
        case "truncated_json":
            return _with_body(delivery, answer.body[: max(1, len(answer.body) // 2)])
        case "broken_json":
            return _with_body(delivery, b'{"oops": ,]' + answer.body[11:])
        case "short_list":
            return _with_body(delivery, _shortened(answer.body, fault.drop_last))
        case "drop":
            return Delivery(answer, "drop", delivery.delay_s)
        case "drop_midway":
            return Delivery(answer, "midway", delivery.delay_s)
        case "slow":
            return Delivery(answer, delivery.how, delivery.delay_s + fault.seconds)
        case _:
            return delivery


def _with_body(delivery: Delivery, body: bytes) -> Delivery:
    answer = delivery.response
    changed = Response(answer.status, body, answer.content_type, answer.headers)
    return Delivery(changed, delivery.how, delivery.delay_s)


def _shortened(body: bytes, drop_last: int) -> bytes:
    try:
        rows: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(rows, list):
        return body
    kept = cast("list[object]", rows)
    kept = kept[: max(0, len(kept) - drop_last)]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
