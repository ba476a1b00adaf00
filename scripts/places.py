"""Where a user's settings and data lie on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

APPLICATION: Final = "myrunstreak"
CONFIG_NAME: Final = "config.env"


@dataclass(frozen=True)
class Places:
    """The places of this user, by the rules of the system.

    Attributes:
        config_file: the settings that hold where no `.env` does: on Linux ~/.config/myrunstreak/config.env.
        data_folder: the data of an installed command: on Linux ~/.local/share/myrunstreak.
        checkout: the folder of the checkout that the command runs from; None: it is installed.
    """

    config_file: Path
    data_folder: Path
    checkout: Path | None

    @classmethod
    def of_this_machine(cls) -> Self:
        """Where XDG_CONFIG_HOME and XDG_DATA_HOME say, on Linux; on macOS and Windows where programs keep theirs."""
        from platformdirs import user_config_path, user_data_path

        return cls(
            user_config_path(APPLICATION, appauthor=False) / CONFIG_NAME,
            user_data_path(APPLICATION, appauthor=False),
            checkout(),
        )


def checkout() -> Path | None:
    """The folder of the checkout that this code lies in; None: it is installed."""
    root = Path(__file__).resolve().parent.parent
    return root if (root / "lambda_src").is_dir() else None
