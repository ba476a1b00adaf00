"""A stack of the version before is updated by today's program: nothing of it is replaced.

``golden/before`` is what commit 1ddc2b3 registered from its own `Pulumi.yaml` and stack files, as `identities` gives it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.infra.recording import Recording, Registered, run_main

BEFORE = Path(__file__).parent / "golden" / "before"
# The inputs of our resources whose change makes the AWS provider replace one, of any type: some types could be
# updated in place, and then the line may be changed here. An absent name means one that Pulumi makes up.
FORCE_NEW: Final = frozenset({
    "action", "apiId", "arn", "bucket", "bucketPrefix", "customerMasterKeySpec", "dashboardName", "fifoQueue",
    "fifoTopic", "function", "functionName", "groupName", "integrationType", "keyUsage", "logGroupClass", "multiRegion",
    "name", "namePrefix", "objectLockEnabled", "packageType", "path", "principal", "protocol", "protocolType",
    "qualifier", "queueUrl", "region", "role", "secretArn", "sourceAccount", "sourceArn", "statementId", "topic", "type",
})  # fmt: skip


def identities(stack: Recording) -> dict[str, str]:
    """By URN: the provider, whether it is kept from deletion, and the inputs that force a replacement."""
    return {_urn(one): _identity(one) for one in stack.resources}


def _urn(one: Registered) -> str:
    *stack, parents, _ = one.parent.split("::")
    kinds = f"{parents}${one.type}".removeprefix(
        "pulumi:pulumi:Stack$"
    )  # the engine leaves the stack itself out
    return "::".join([*stack, kinds, one.name])


def _identity(one: Registered) -> str:
    provider = one.provider.split("::")[-2:-1]
    options = [word for word, is_set in (("protected", one.protect), ("retained", one.retain)) if is_set]
    kept = {key: value for key, value in sorted(one.inputs.items()) if key in FORCE_NEW}
    return " ".join([*provider, *options, json.dumps(kept)])


@pytest.fixture(scope="module", params=["dev", "prod"])
def name(request: pytest.FixtureRequest) -> str:
    """Each of the two stacks that there were."""
    return request.param


@pytest.fixture(scope="module")
def updated(name: str) -> Recording:
    """Today's program with every key of then set, to its value of then."""
    settings = yaml.safe_load((BEFORE / "settings.yaml").read_text())
    return run_main(name, settings["every stack"] | settings[name])


def test_every_resource_is_still_there_and_none_is_replaced(name: str, updated: Recording) -> None:
    """A line that differs needs an alias (and this test to know of it), or a reason why the resource may go."""
    lines = (BEFORE / f"{name}.txt").read_text().splitlines()
    before = dict(line.split(" ", 1) for line in lines)
    today = identities(updated)
    assert len(before) > 60
    assert before == {urn: identity for urn, identity in today.items() if urn in before}


def test_the_outputs_of_then_are_there(updated: Recording) -> None:
    """Commands in a person's own scripts ask for them."""
    settings = yaml.safe_load((BEFORE / "settings.yaml").read_text())
    assert set(settings["outputs"]) <= set(updated.outputs)
