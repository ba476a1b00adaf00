"""One rehearsal for all tests of the run, and the acts of its play."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.stage.emulator import RehearsalImpossible
from tests.whole.rehearsal.asking import Reply
from tests.whole.rehearsal.opening import open_rehearsal
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal
from tests.whole.rehearsal.restoring import Restored, restore_after_damage

# What passes here proves nothing about these.
THE_EMULATOR_CANNOT_SHOW = (
    "metrics out of log lines: EMF is not read, so that no alarm sees what the sync reports",
    "alarms: dimensions are ignored, missing data never breaches, metric maths is not evaluated",
    "the schedules' time zone, flexible window, retries, dead letters and the scheduled time in their input, which is "
    "filled in here",
    "the function's memory limit, its read-only folder, its processor (arm64 runs as this machine's) and its CPU share",
    "X-Ray: there is no such service",
    "S3's 403 for a missing object without s3:ListBucket, and its 409 between two conditional writes",
    "the alias's settings for failed events: its queue is set as the function's own, its number of retries is not",
    "Lambda's use of the role for logs and for the dead-letter queue: neither is checked against the policies",
    "that the AWS services may take their roles: understudies with the same policies act here, except for the "
    "function, which runs in its own",
    "conditions on s3:if-none-match and cloudwatch:namespace, which are never filled in",
    "encryption, lifecycle, retention and budgets: stored, not acted upon",
    "mail to the subscribers",
    "the gateway's throttling and access log, and that it may call the function only by the function's own policy",
    "`pulumi preview`, a second `up` without a difference, a `refresh` that brings no channel's address into the state, "
    "`destroy`: `make live` with Pulumi's own engine",
)


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The stack, deployed and authorised."""
    with ExitStack() as stack:
        opened, why = None, ""
        try:
            opened = open_rehearsal(
                tmp_path_factory.mktemp("rehearsal"), stack, lambda line: print(f"  {line}")
            )
        except RehearsalImpossible as impossible:
            why = str(impossible)
        if opened is None:
            pytest.fail(why, pytrace=False)
        yield opened
        named = "".join(f"\n- {one}" for one in THE_EMULATOR_CANNOT_SHOW)
        warnings.warn(f"The rehearsal cannot show:{named}", stacklevel=1)


@pytest.fixture(scope="session")
def unsynced(rehearsal: Rehearsal) -> Reply:
    """What the API answers to a request with a key, before the first sync."""
    return rehearsal.ask("/v1/streak", key=rehearsal.key("phone"))


@pytest.fixture(scope="session")
def first_sync(rehearsal: Rehearsal, unsynced: Reply) -> Answer:
    """The schedule's first start."""
    return rehearsal.invoke()


@pytest.fixture(scope="session")
def second_sync(rehearsal: Rehearsal, first_sync: Answer) -> Answer:
    """The next one: yesterday's run is new, and the access token has ended."""
    rehearsal.new_run()
    rehearsal.simulator.expire_access_tokens()
    return rehearsal.invoke()


@pytest.fixture(scope="session")
def mailbox(rehearsal: Rehearsal) -> str:
    """ARN of a queue that gets what the runner gets by mail."""
    return rehearsal.listen(rehearsal.output("message_topic_arn"), "the-runners-mail")


@pytest.fixture(scope="session")
def asked_sync(rehearsal: Rehearsal, second_sync: Answer) -> list[Reply]:
    """What the page hears after it has asked for a sync, until that is over."""
    key = rehearsal.key("phone")
    heard = [rehearsal.ask("/refresh", key, method="POST")]
    for _ in range(60):
        heard.append(rehearsal.ask("/refresh", key))
        if heard[-1].status != 200 or heard[-1].body["state"] != "running":
            break
        time.sleep(0.5)
    return heard


@pytest.fixture(scope="session")
def restores(rehearsal: Rehearsal, second_sync: Answer) -> dict[str, Restored]:
    """The database is damaged and brought back, each way once, with a sync after each."""
    oldest = [one["version"] for one in rehearsal.restore()["states"] if "version" in one][-1]
    ways = {
        "version": ("--version", oldest),
        "backup": ("--backup", "weekly"),
        "archive": ("--from-archive",),
    }
    return {name: restore_after_damage(rehearsal, *source) for name, source in ways.items()}


@pytest.fixture(scope="session")
def restored_sync(restores: dict[str, Restored]) -> Answer:
    """The last sync after a restore."""
    return restores["archive"].sync


@pytest.fixture(scope="session")
def dead_letters(rehearsal: Rehearsal, restored_sync: Answer) -> list[str]:
    """What is left of a start without tokens; afterwards the runner authorises anew."""
    rehearsal.lose_the_tokens()
    rehearsal.start()
    queue = rehearsal.schedule.inputs["target"]["deadLetterConfig"]["arn"]
    messages: list[str] = []
    for _ in range(60):
        messages += rehearsal.messages(queue)
        if messages:
            break
    rehearsal.authorise()
    return messages
