"""What the program hands to the part that a stack is about, a runner or a club, and what it gets back to watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.components.dead_letters import DeadLetters
from infra.components.run_store import RunStore
from infra.config import StackConfig
from infra.documents.alarms import Alarm
from infra.documents.panels import Body
from infra.naming import Names
from infra.package import Packages


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What every stack has.

    Attributes:
        config: the stack's configuration.
        names: the source of the components' names.
        packages: the built zips.
        store: the bucket.
        dead_letters: the queue for starts that failed for good.
        account_id: the only account whose services may act for this stack.
    """

    config: StackConfig
    names: Names
    packages: Packages
    store: RunStore
    dead_letters: DeadLetters
    account_id: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is to be watched.

    Attributes:
        alarms: the alarms of the stack.
        functions: whose logs their mails link to, by the fields of ``Links``.
        dashboard: its body.
    """

    alarms: Sequence[Alarm]
    functions: Mapping[str, pulumi.Input[str] | None]
    dashboard: pulumi.Output[Body]
