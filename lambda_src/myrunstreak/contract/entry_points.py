"""What Lambda starts: the handlers' names, as infrastructure and package know them."""

from __future__ import annotations

from typing import Final

SYNC_HANDLER: Final = "myrunstreak.handlers.sync.lambda_handler"
API_HANDLER: Final = "myrunstreak.handlers.api.lambda_handler"
MESSAGES_HANDLER: Final = "myrunstreak.handlers.messages.lambda_handler"
# Of a club.
WORKER_HANDLER: Final = "myrunstreak.handlers.worker.lambda_handler"
DISPATCH_HANDLER: Final = "myrunstreak.handlers.dispatch.lambda_handler"
CLUB_API_HANDLER: Final = "myrunstreak.handlers.club_api.lambda_handler"
LAKE_HANDLER: Final = "myrunstreak.handlers.lake.lambda_handler"
