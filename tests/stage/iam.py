"""IAM's judgement in small: what is needed, an action on an ARN, and what policies allow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Need:
    """An action on an ARN, in a role's name; ``context`` holds what conditions may look at."""

    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grant:
    """One action on one resource pattern of an Allow statement."""

    action: str
    resource: str
    condition: str  # JSON

    def covers(self, need: Need) -> bool:
        """Whether this grant alone allows what is needed."""
        return (
            fnmatchcase(need.action.lower(), self.action.lower())
            and fnmatchcase(need.arn, self.resource)
            and _holds(json.loads(self.condition), dict(need.context))
        )


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _holds(condition: dict[str, dict[str, Any]], context: dict[str, str]) -> bool:
    for operator, tests in condition.items():
        for key, expected in tests.items():
            actual = context.get(key.lower())
            patterns = [str(one) for one in listed(expected)]
            if operator in {"StringEquals", "ArnEquals"}:
                holds = actual in patterns
            elif operator in {"StringLike", "ArnLike"}:
                holds = actual is not None and any(fnmatchcase(actual, one) for one in patterns)
            elif operator == "Bool":
                holds = (actual or "false") in patterns
            else:
                raise NotImplementedError(
                    f"condition operator {operator}: teach tests/stage/iam.py to judge it"
                )
            if not holds:
                return False
    return True


def grants(policy: str) -> list[Grant]:
    """What a policy document allows, action by action.

    Raises:
        AssertionError: a statement that turns the logic round (NotAction, NotResource).
    """
    found: list[Grant] = []
    for statement in listed(json.loads(policy)["Statement"]):
        assert not {"NotAction", "NotResource"} & set(statement), statement
        if statement["Effect"] == "Allow":
            condition = json.dumps(statement.get("Condition", {}))
            found += [
                Grant(action, resource, condition)
                for action in listed(statement["Action"])
                for resource in listed(statement["Resource"])
            ]
    return found
