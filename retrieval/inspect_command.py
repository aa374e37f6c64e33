"""The command that shows what is read from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from retrieval import console
from retrieval.shell import Json, present, settings_for
from retrieval.types import Skipped


def inspect(
    path: Annotated[Path, typer.Argument(help="A file with articles.")],
    text: Annotated[bool, typer.Option("--text", help="Print all of the text, passage by passage.")] = False,
    as_json: Json = False,
) -> None:
    """Show what is read from a file: its articles, where their metadata come from, their passages."""
    settings = settings_for(None)
    from retrieval import build, inspecting, show_inspect

    found = inspecting.inspect(path, build.encoder_of(settings), build.options_of(settings))
    if not as_json:
        present(lambda out: show_inspect.show_inspected(out, found, text))
        return
    items = list(found)
    console.write_document(
        {
            "path": str(path),
            "articles": [item.to_dict() for item in items if isinstance(item, inspecting.Inspected)],
            "skipped": [asdict(item) for item in items if isinstance(item, Skipped)],
        }
    )
