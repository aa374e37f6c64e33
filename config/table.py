"""The README's table of settings, made from the model so that the two cannot differ: `python -m config.table`."""

from __future__ import annotations

import json
import sys

from config.knobs import Knob, Vocabulary
from config.model import Settings


def settings_table() -> str:
    """A Markdown table with a row for each knob, in the model's order, and a newline at its end."""
    rows = ["| Setting | Default | Takes | What it is, and why so |", "|---|---|---|---|"]
    rows += [_row(knob) for knob in Vocabulary.of(Settings).knobs.values()]
    return "\n".join(rows) + "\n"


def _row(knob: Knob) -> str:
    default = json.dumps(knob.field.default, default=str, ensure_ascii=False)
    cells = [f"`{knob.name}`", f"`{default}`", knob.allowed, knob.field.description or ""]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(settings_table())
