"""What the commands share: their options, their settings, and how they print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from config import load_settings
from retrieval import console
from retrieval.arguments import first_day

if TYPE_CHECKING:
    from rich.console import Console

    from config import Settings

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The data folder, instead of the one that is set.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Runs = Annotated[Literal["json"] | None, typer.Option("--progress", help="Progress as lines of JSON on stderr.")]

After = Annotated[date | None, typer.Option(parser=first_day, metavar="D", help="Published from D on; YYYY[-MM[-DD]].")]
Before = Annotated[date | None, typer.Option(parser=first_day, metavar="D", help="Published before D; YYYY[-MM[-DD]].")]
Publishers = Annotated[list[str] | None, typer.Option(metavar="P", help="Published by P; repeat for more.")]
Authors = Annotated[list[str] | None, typer.Option(metavar="A", help="Written by A; repeat for more.")]
Now = Annotated[
    date | None,
    typer.Option(parser=first_day, metavar="D", help="The day that “last week” is relative to; today if none."),
]


class Misuse(typer.BadParameter):
    """Options that do not go together, or that are missing where the program runs."""

    def format_message(self) -> str:
        """Return the message as it stands: it names the options itself."""
        return self.message


def settings_for(data: Path | None) -> Settings:
    """Return the settings, with the data folder `data` where one is given, and log as they say."""
    settings = load_settings(data_dir=data)
    console.set_up_logging(settings.log_level)
    return settings


def present(show: Callable[[Console], None]) -> None:
    """Write to stdout what `show` prints on a console."""
    from rich.console import Console

    out = Console(highlight=False, markup=False, emoji=False)
    with out.capture() as captured:
        show(out)
    console.write(captured.get())
