"""The Lambda that answers the API of a club: HTTP API and function URL, payload format 2.0."""

from __future__ import annotations

import os

from myrunstreak.api.front import answer_page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from myrunstreak.club.front import Front
    from myrunstreak.contract.club import ClubSettings
    from myrunstreak.contract.settings import Settings

_front: tuple[Settings, ClubSettings, Front] | None = None


def lambda_handler(event: dict[str, Any], context: Any = None) -> dict[str, Any]:
    """Answer one request, each from the record that its key, cookie or code is for.

    A page is answered with what is loaded here, everything else with what it needs.

    Raises:
        InvalidSettings: the environment cannot be understood; the gateway answers 500 and the log says why.
    """
    request_id = getattr(context, "aws_request_id", None)
    return answer_page(event, os.environ, request_id) or _answer_data(event, context)


def _answer_data(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from myrunstreak.contract.club import ClubSettings
    from myrunstreak.contract.settings import Settings
    from myrunstreak.observability import API_SERVICE, make_logger, set_level

    logger = make_logger(API_SERVICE)
    logger.append_keys(request_id=getattr(context, "aws_request_id", None))
    settings, club = Settings.from_env(os.environ), ClubSettings.from_env(os.environ)
    set_level(logger, settings.log_level)
    memory_mb = int(getattr(context, "memory_limit_in_mb", 0) or 0) or None
    return _warm(settings, club, memory_mb).answer(event)


def _warm(settings: Settings, club: ClubSettings, memory_mb: int | None) -> Front:
    """The front of this environment: made once, with what it has open, and again where the settings differ."""
    global _front
    if _front is None or _front[:2] != (settings, club):
        from myrunstreak.club.front import Front

        _front = (settings, club, Front(settings, club, memory_mb=memory_mb))
    return _front[2]
