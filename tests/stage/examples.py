"""How many examples a law is tried on: few in `make quick`, its own number in `make test`, many in `make soak`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from hypothesis import settings

SOAK_COUNT: Final = int(os.environ.get("SOAK_COUNT", "200"))


def register_profiles() -> None:
    """Name the three kinds of runs; `--hypothesis-profile` chooses one."""
    # No example is held to a time, and a failure is printed in a form that another clone can repeat.
    settings.register_profile("default", deadline=None, print_blob=True)
    settings.register_profile("quick", settings.get_profile("default"))
    settings.register_profile("soak", settings.get_profile("default"))
    settings.load_profile("default")


def examples(number: int, **options: Any) -> Callable[[Any], Any]:
    """Settings of one law.

    Args:
        number: examples in `make test`; a fifth of them in `make quick`, a tenth of `SOAK_COUNT` times as many in
            `make soak`.
        options: further settings of hypothesis.
    """
    profile = settings.get_current_profile_name()
    if profile == "quick":
        number = max(2, number // 5)
    elif profile == "soak":
        number = max(number, number * SOAK_COUNT // 10)
    return settings(max_examples=number, **options)
