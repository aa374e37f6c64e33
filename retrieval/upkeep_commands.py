"""The commands that look after an archive: its generations, its sources, and articles that are taken down."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval import console
from retrieval.arguments import check_text, nearest
from retrieval.errors import DamagedError, GenerationError, SourceError
from retrieval.shell import Data, Json, Misuse, present, settings_for

if TYPE_CHECKING:
    from config import Settings
    from retrieval.index import Source

ArticleId = Annotated[str, typer.Argument(metavar="ARTICLE", help="Its id, as `archivist articles --json` lists it.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the withdrawal.")]

_sources = typer.Typer(rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(_sources, name="sources")
    for command in (generations, rollback, verify, withdraw, restore, withdrawn):
        app.command()(command)


def generations(data: Data = None, as_json: Json = False) -> None:
    """List the generations that are kept."""
    settings = settings_for(data)
    from retrieval import build, show_upkeep

    kept = build.keeper_of(settings).generations()
    if as_json:
        console.write_document([generation.to_dict() for generation in kept])
    elif kept:
        present(lambda out: show_upkeep.show_generations(out, kept))
    else:
        console.note(f"there is no index in {build.keeper_of(settings).place} yet. `archivist index PATH` builds one")


def rollback(
    generation: Annotated[
        str | None, typer.Argument(metavar="GENERATION", help="The one before the current if none is named.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Go back to another generation, once it is checked."""
    settings = settings_for(data)
    from retrieval import build, show_upkeep

    name = build.keeper_of(settings).rollback(generation, build.right_of(settings))
    if as_json:
        console.write_document({"generation": name})
    else:
        present(lambda out: show_upkeep.show_rollback(out, name))


def verify(
    generation: Annotated[
        str | None, typer.Argument(metavar="GENERATION", help="The current one if none is named.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check a generation to the last bit.

    Names every file that is damaged, and exits with 1 if any is.
    """
    settings = settings_for(data)
    from retrieval import build, show_upkeep

    keeper = build.keeper_of(settings)
    found = keeper.verify(generation)
    if as_json:
        console.write_document(found.to_dict())
    else:
        present(lambda out: show_upkeep.show_verification(out, found))
    if not found.ok:
        current = any(kept.current for kept in keeper.generations() if kept.name == found.generation)
        hint = keeper.remedy() if current else "It is not the current one; do not go back to it"
        console.note(f"generation {found.generation} in {keeper.place} is damaged. {hint}")
        raise typer.Exit(1)


def withdraw(article: ArticleId, reason: Reason = "", data: Data = None, as_json: Json = False) -> None:
    """Take an article down at once.

    It is gone from every generation, and later runs leave it out, until it is restored.
    """
    check_text(article, reason)
    settings = settings_for(data)
    from retrieval import build, show_upkeep

    keeper = build.keeper_of(settings)
    if not keeper.names():
        keeper.open().close()  # which tells that nothing was indexed yet
    try:
        done = keeper.withdraw(article, reason)
    except GenerationError as error:
        known = {} if isinstance(error, DamagedError) else _ids(settings)
        if article in known or not (near := nearest(article, known)):
            raise
        raise GenerationError(error.message, f"The nearest are: {', '.join(near)}") from error
    if reason and reason != done.article.reason:
        console.note("it was withdrawn before, and the reason that was given then stays")
    if as_json:
        console.write_document(done.to_dict())
    else:
        present(lambda out: show_upkeep.show_withdrawal(out, done))


def restore(article: ArticleId, reason: Reason = "", data: Data = None, as_json: Json = False) -> None:
    """Let a withdrawn article be shown again."""
    check_text(article, reason)
    settings = settings_for(data)
    from retrieval import build, show_upkeep

    keeper = build.keeper_of(settings)
    down = {taken.id: taken.title for taken in keeper.withdrawn()}
    near = nearest(article, down)
    if article not in down and near:
        raise GenerationError(f"the article {article!r} is not withdrawn", f"The nearest are: {', '.join(near)}")
    done = keeper.restore(article, reason)
    if as_json:
        console.write_document(done.to_dict())
    else:
        present(lambda out: show_upkeep.show_restoration(out, done))


def withdrawn(data: Data = None, as_json: Json = False) -> None:
    """List the articles that are withdrawn."""
    settings = settings_for(data)
    from retrieval import build, show_upkeep

    down = build.keeper_of(settings).withdrawn()
    if as_json:
        console.write_document([taken.to_dict() for taken in down])
    elif down:
        present(lambda out: show_upkeep.show_withdrawn(out, down))
    else:
        console.note("no article is withdrawn")


@_sources.callback(invoke_without_command=True)
def sources(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """List the folders and files that are indexed, or remove one."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_for(data)
    from retrieval import show

    listed = _holdings(settings)
    if as_json:
        console.write_document([asdict(source) for source in listed])
    else:
        present(lambda out: show.show_sources(out, listed))


@_sources.command()
def remove(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The folder or file, which itself stays as it is.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Remove a source and its articles from the index; asks first."""
    group = context.parent.params if context.parent else {}  # `sources --data DIR remove PATH` means the same
    settings, as_json = settings_for(data or group.get("data")), as_json or bool(group.get("as_json"))
    from retrieval import build, show_upkeep
    from retrieval.indexing import remove_source
    from retrieval.progress import showing

    source = _source(settings, path)
    if not yes:
        _confirm(source)
    made = build.maker_of(settings)
    encoder = build.encoder_for(settings, made) if made else build.encoder_of(settings)
    options = build.options_of(settings)
    with showing(False) as shown:
        right = build.right_of(settings)
        report = remove_source(settings.data_dir, Path(source.path), encoder, options, progress=shown, right=right)
    if as_json:
        console.write_document(report.to_dict())
    else:
        present(lambda out: show_upkeep.show_removal(out, source, report))


def _confirm(source: Source) -> None:
    if not sys.stdin.isatty():
        raise Misuse("removing a source asks first, and there is no terminal to ask on: add --yes")
    if not console.confirmed(f"Remove {source.path} and its articles ({source.articles:,}) from the index?"):
        raise SourceError(f"{source.path} stays a source of the archive", "Nothing was removed")


def _source(settings: Settings, path: Path) -> Source:
    wanted = str(path.expanduser().resolve())
    listed = _holdings(settings)
    found = next((source for source in listed if source.path == wanted), None)
    if found is None:
        known = ", ".join(source.path for source in listed)
        raise SourceError(
            f"{path} is no source of the archive", f"Its sources are: {known}" if known else "It has none"
        )
    return found


def _holdings(settings: Settings) -> list[Source]:
    from retrieval import build

    with closing(build.open_index(settings)) as opened:
        return opened.holdings()


def _ids(settings: Settings) -> dict[str, str]:
    """Return the titles of the articles that are shown, by id; none where that cannot be told."""
    from retrieval import build

    try:
        with closing(build.open_index(settings)) as opened:
            return {article.id: article.title for article, _ in opened.citations()}
    except GenerationError:
        return {}
