"""The links of an alarm's mail: where to look in the AWS console, and where the runbook explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from infra.documents.console import dashboard_url, errors_url, log_url, queues_url
from infra.naming import log_group

Place = Literal["log", "errors", "message errors", "dispatch errors", "lake errors", "queues"]


@dataclass(frozen=True, kw_only=True)
class Links:
    """What the links of a mail are made of.

    Attributes:
        function_name: the function that syncs, whose log is linked to.
        message_function_name: where there are messages.
        dispatch_function_name, lake_function_name: of a club.
    """

    region: str
    stack: str
    dashboard_name: str
    runbook_url: str
    function_name: str
    message_function_name: str | None = None
    dispatch_function_name: str | None = None
    lake_function_name: str | None = None

    def look_at(self, place: Place) -> str:
        """A line that leads to a place in the console."""
        match place:
            case "log":
                return f"Log: {log_url(self.region, log_group(self.function_name))}"
            case "errors":
                return self._errors(self.function_name)
            case "message errors":
                return self._errors(self.message_function_name)
            case "dispatch errors":
                return self._errors(self.dispatch_function_name)
            case "lake errors":
                return self._errors(self.lake_function_name)
            case "queues":
                return f"Queues: {queues_url(self.region)}"

    def _errors(self, function_name: str | None) -> str:
        return f"Errors of the last day: {errors_url(self.region, log_group(function_name or ''))}"

    def dashboard(self) -> str:
        """A line that leads to the stack's dashboard."""
        return f"Dashboard: {dashboard_url(self.region, self.dashboard_name)}"

    def runbook(self, key: str) -> str:
        """A line with an alarm's place in the runbook."""
        return f"More: {self.runbook_url}#{key}"


def is_link(runbook_url: str) -> bool:
    """Whether the console can link to it: it shows a path as a link to nowhere."""
    return runbook_url.startswith(("https://", "http://"))
