"""The API against its own document, asked by a machine that has read nothing else: no fault, nothing undocumented."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.application.api.conftest import Asked, Locked

EXAMPLES = 12
Ways = dict[GenerationMode, tuple[Any, dict[str, Any]]]


@pytest.fixture(scope="module")
def ways(locked: Locked, address: str) -> Ways:
    """The document and how to ask: right questions with a key; wrong ones where none is needed, since a key that is
    left out is wrong as well.
    """
    keyless = requests.get(f"{address}/v1/openapi.json", timeout=10).json()
    return {
        GenerationMode.POSITIVE: (
            schemathesis.openapi.from_url(f"{locked.address}/v1/openapi.json", headers=locked.headers),
            # A cursor cannot be guessed, and not every distance is one of the record's.
            {"headers": locked.headers, "excluded_checks": [positive_data_acceptance]},
        ),
        GenerationMode.NEGATIVE: (schemathesis.openapi.from_dict(keyless), {"base_url": address}),
    }


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
def test_the_api_is_what_its_document_says(
    ways: dict[GenerationMode, tuple[Any, dict[str, Any]]], mode: GenerationMode
) -> None:
    """Every check that Schemathesis has, on every operation: statuses, content types, headers, bodies, refusals."""
    document, how = ways[mode]
    operations = [result.ok() for result in document.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not operation.query and not operation.path_parameters:
            continue  # nothing that could be wrong

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
            ],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def hold(case: Any) -> None:
            case.call_and_validate(**how)

        hold()


def test_it_tried_what_there_is(open_api: Asked, address: str) -> None:
    """Guards the guard: the server under test serves the document that the other tests read."""
    served = requests.get(f"{address}/v1/openapi.json", timeout=10).json()
    assert open_api.get("/v1/openapi.json").body == served
    assert len(served["paths"]) > 15
