"""What the archive is run with from Discord, handed to the bot in one piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.checking import Checker
    from bot.indexing import Indexer
    from bot.upkeep import Upkeep
    from bot.uploads import UploadFolder


@dataclass(frozen=True, slots=True)
class Keeping:
    """The indexer, what else changes the archive, the folder for files from Discord, and the hours between runs.

    `every_h` is 0 where no run is begun unasked. Without a `checker`, no generation is checked in the background.
    `place` tells this data folder from those of other processes that share the bot's database; empty if there are none.
    """

    indexer: Indexer
    upkeep: Upkeep
    uploads: UploadFolder
    every_h: int = 0
    checker: Checker | None = None
    place: str = ""
