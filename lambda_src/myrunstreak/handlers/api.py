"""The Lambda that answers the API: HTTP API and function URL, payload format 2.0."""

from __future__ import annotations

import os

from myrunstreak.api.front import answer_page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from myrunstreak.api.service import Api
    from myrunstreak.contract.settings import Settings

_api: tuple[Settings, Api] | None = None


def lambda_handler(event: dict[str, Any], context: Any = None) -> dict[str, Any]:
    """Answer one request; without a place for keys every request for data is refused.

    A page is answered with what is loaded here, everything else with what it needs.

    Raises:
        InvalidSettings: the environment cannot be understood; the gateway answers 500 and the log says why.
    """
    request_id = getattr(context, "aws_request_id", None)
    return answer_page(event, os.environ, request_id) or _answer_data(event, context)


def _answer_data(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from myrunstreak.contract.settings import Settings
    from myrunstreak.observability import API_SERVICE, make_logger, set_level

    logger = make_logger(API_SERVICE)
    logger.append_keys(request_id=getattr(context, "aws_request_id", None))
    settings = Settings.from_env(os.environ)
    set_level(logger, settings.log_level)
    memory_mb = int(getattr(context, "memory_limit_in_mb", 0) or 0)
    return _warm(settings, memory_mb).answer(event)


def _warm(settings: Settings, memory_mb: int) -> Api:
    """The API of this environment: made once, with its copy of the record; anew where the settings differ."""
    global _api
    if _api is None or _api[0] != settings:
        from myrunstreak.api.keys import ApiKeys
        from myrunstreak.api.service import Api
        from myrunstreak.page.refreshing import LambdaStarter
        from myrunstreak.store.published import PublishedDatabase

        published = (
            PublishedDatabase(settings, memory_mb=memory_mb) if memory_mb else PublishedDatabase(settings)
        )
        name = settings.sync_function
        starter = LambdaStarter(name, settings.aws_region) if name else None
        _api = (settings, Api(settings, published, ApiKeys.open(settings), starter))
    return _api[1]
