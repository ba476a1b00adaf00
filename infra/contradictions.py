"""Settings that are each accepted and do not go together: one line for each problem, with the command that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.naming import PROJECT

if TYPE_CHECKING:
    from infra.config import StackConfig

_MESSAGES: Final = "messages for the members of a club do not exist yet"
_ONE_RUNNER: Final = "each runner of a club has a zone of their own"
_TIMES: Final = "a club syncs at 06:00 and 22:00 of each runner's zone"
_ONE_REGION: Final = "a club syncs in one region; replica_region alone keeps copies of the records elsewhere"
# What has no meaning in a club, and why.
_NOT_IN_A_CLUB: Final = {
    "runner_timezone": _ONE_RUNNER,
    "remind_at": _MESSAGES,
    "digest": _MESSAGES,
    "message_email": _MESSAGES,
    "share": "members of a club share on its board, by `club share`; public addresses are for one runner",
    "api_public_status": "without a key nothing says which runner is meant",
    "schedule": _TIMES,
    "extra_syncs": _TIMES,
    "flexible_window_minutes": f"{_TIMES}, spread over an hour",
    "standby": _ONE_REGION,
    "lease": _ONE_REGION,
    "reserved_concurrency": "club_workers says how many syncs run at once",
    "provisioned_concurrency": "a queue starts the syncs of a club, and it can wait",
}


def find_contradictions(config: StackConfig) -> list[str]:
    """The problems of a configuration whose values are all within bounds."""
    problems: list[str] = []
    if config.replica_region == config.region:
        problems.append(
            f"{PROJECT}:replica_region is {config.replica_region!r}, which is the region itself; accepted: another "
            "region, or empty for none. Fix it: "
            f"pulumi config set replica_region {'us-east-2' if config.region == 'us-west-2' else 'us-west-2'}"
        )
    if config.remind_at is not None and config.runner_timezone is None and not config.club:
        problems.append(
            f"{PROJECT}:remind_at is {config.remind_at!r}, and runner_timezone is not set; accepted: with the zone that "
            "the times are in. Fix it: pulumi config set runner_timezone Europe/Amsterdam"
        )
    if config.stop_margin_s * 2 > config.timeout_s:
        problems.append(
            f"{PROJECT}:stop_margin_s is '{config.stop_margin_s}'; accepted: at most half of timeout_s "
            f"({config.timeout_s}). Fix it: pulumi config set stop_margin_s 20"
        )
    return problems + (_find_in_a_club(config) if config.club else [])


def _find_in_a_club(config: StackConfig) -> list[str]:
    fields = type(config).model_fields
    return [
        f"{PROJECT}:{key} is set, and club is true; accepted: nothing, since {reason}. Fix it: pulumi config rm {key}"
        for key, reason in _NOT_IN_A_CLUB.items()
        if getattr(config, key) != fields[key].default
    ]
