"""What Lambda starts: the handlers' names, as infrastructure and package know them."""

from __future__ import annotations

from typing import Final

SYNC_HANDLER: Final = "myrunstreak.handlers.sync.lambda_handler"
API_HANDLER: Final = "myrunstreak.handlers.api.lambda_handler"
MESSAGES_HANDLER: Final = "myrunstreak.handlers.messages.lambda_handler"
