"""Reads what Pulumi hands to the program: a text for each key, and which keys are secret."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.config import CONFIG, get_config_env, get_config_secret_keys_env, is_config_secret

from infra.naming import PROJECT

_PREFIX = f"{PROJECT}:"


def read_values() -> dict[str, str]:
    """The stack's values over the project's defaults; secret ones in clear, as Pulumi decrypts them for the program."""
    everything: dict[str, Any] = {**get_config_env(), **CONFIG.get()}
    return {
        key.removeprefix(_PREFIX): str(value) for key, value in everything.items() if key.startswith(_PREFIX)
    }


def read_secret_keys() -> frozenset[str]:
    """The keys that were set with ``--secret``."""
    named = get_config_secret_keys_env()
    return frozenset(
        key for key in read_values() if is_config_secret(_PREFIX + key) or _PREFIX + key in named
    )
