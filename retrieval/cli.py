"""The command line: thin. What it exits with, prints and promises stands in the README.

Heavy libraries are imported by the commands that need them, so that `--help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval import console, upkeep_commands
from retrieval.arguments import check_text, unknown_names
from retrieval.calibrate_command import calibrate
from retrieval.evaluate_command import evaluate
from retrieval.inspect_command import inspect
from retrieval.shell import (
    After,
    Authors,
    Before,
    Data,
    Json,
    Misuse,
    Now,
    Publishers,
    Runs,
    present,
    settings_for,
)
from retrieval.timeline_command import timeline
from retrieval.types import Filters
from retrieval.watch_command import follow

if TYPE_CHECKING:
    from config import Settings
    from retrieval.archive import Archive

_INTERRUPTED = console.Failure("interrupted", "interrupted", "", 130)

app = typer.Typer(
    name="archivist",
    help="Ask an archive of articles a question and get its own passages back, word for word, with their sources.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _start(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        console.write(context.get_help() + "\n")


@app.command()
def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Folders and files; all known ones if none.")
    ] = None,
    data: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare, and change nothing.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read and encode everything anew.")] = False,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="Remove articles however many have gone.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow the folders and index what changes, until Ctrl-C.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Encode on the workers of this Dask scheduler: tcp://…"),
    ] = None,
    progress: Runs = None,
    as_json: Json = False,
) -> None:
    """Bring the index up to date with the articles' folders and files."""
    if watch:
        others = {
            "--json": as_json, "--dry-run": dry_run, "--full": full, "--allow-removals": allow_removals,
            "--scheduler": scheduler,
        }  # fmt: skip
        if refused := [name for name, given in others.items() if given]:
            raise Misuse(f"--watch does not go with {', '.join(refused)}")
        follow(settings_for(data), paths or [], progress == "json")
        return
    settings = settings_for(data)
    from retrieval.reading.pool import Crew, begun_for

    # Where all is read, those who read load their libraries while this process loads its own.
    all_read = full or not (settings.data_dir / "CURRENT").exists()
    with begun_for(paths or settings.sources, settings.reading.processes) if all_read else Crew() as crew:
        from retrieval import build, show
        from retrieval.indexing import run_index
        from retrieval.progress import showing

        known = build.is_indexed(settings)
        encoder = build.encoder_to_index(settings)
        if scheduler and not dry_run:
            encoder = build.spread_over(settings, encoder, scheduler)
        with showing(progress == "json") as shown:
            report = run_index(
                settings.data_dir,
                paths or ([] if known else settings.sources),
                encoder,
                build.options_of(settings),
                full=full,
                allow_removals=allow_removals,
                dry_run=dry_run,
                stand_in=build.stand_in(),
                progress=shown,
                right=build.right_of(settings),
                crew=crew,
            )
    if as_json:
        console.write_document(report.to_dict())
    else:
        present(lambda out: show.show_report(out, report, dry_run))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    data: Data = None,
    k: Annotated[int | None, typer.Option("-k", min=1, metavar="N", help="How many passages.")] = None,
    after: After = None,
    before: Before = None,
    publisher: Publishers = None,
    author: Authors = None,
    now: Now = None,
    previous: Annotated[
        list[str] | None, typer.Option(metavar="Q", help="A question asked before; repeat for more, oldest first.")
    ] = None,
    prefer_recent: Annotated[
        int | None, typer.Option("--prefer-recent", min=0, metavar="DAYS", help="Prefer articles of about these days.")
    ] = None,
    as_asked: Annotated[
        bool, typer.Option("--as-asked", help="Understand no times and no names in the question: search all articles.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask the archive a question."""
    settings = settings_for(data)
    from retrieval import build, show

    filters = Filters(after, before, tuple(publisher or ()), tuple(author or ()))
    check_text(question, *(previous or ()), *filters.publishers, *filters.authors)
    if not build.is_indexed(settings):
        _first_index(settings)
    with build.open_archive(settings) as archive:
        answer = archive.ask(
            question,
            k=k or settings.search.k,
            filters=filters,
            previous=previous,
            now=now,
            understand=not as_asked,
            prefer_recent_days=prefer_recent,
        )
        summary = archive.status()
        if publisher or author:
            _note_unknown(archive, filters)
    if after and before and after >= before:
        console.note(f"no day lies between --after {after} and --before {before}")
    if as_json:
        console.write_document(show.answer_document(answer))
    else:
        present(lambda out: show.show_answer(out, answer, summary))


@app.command()
def status(data: Data = None, as_json: Json = False) -> None:
    """Tell what the index holds."""
    settings = settings_for(data)
    from retrieval import build, show

    opened = build.open_index(settings)
    summary = opened.summary
    opened.close()
    if as_json:
        console.write_document(show.status_document(summary))
    else:
        present(lambda out: show.show_status(out, summary))


@app.command()
def articles(data: Data = None, as_json: Json = False) -> None:
    """List the articles in the index."""
    settings = settings_for(data)
    from retrieval import build, show

    opened = build.open_index(settings)
    listed = list(opened.citations())
    opened.close()
    if as_json:
        console.write_document([show.article_document(article, passages) for article, passages in listed])
    else:
        present(lambda out: show.show_articles(out, listed))


app.command()(evaluate)
app.command()(calibrate)
upkeep_commands.add_to(app)
app.command()(inspect)
app.command()(timeline)


@app.command()
def bot() -> None:
    """Run the Discord bot until it is stopped."""
    from bot.__main__ import main as run

    raise typer.Exit(run())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` (the command line's if None); return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments[: arguments.index("--")] if "--" in arguments else "--json" in arguments
    console.set_up_streams(as_json)
    try:
        code = app(arguments, prog_name="archivist", standalone_mode=False)
        # typer turns Ctrl-C into this code
        return console.tell_failure(_INTERRUPTED, as_json) if code == _INTERRUPTED.code else int(code or 0)
    except (KeyboardInterrupt, typer.Abort):
        return console.tell_failure(_INTERRUPTED, as_json)
    except typer.TyperException as error:
        hint = "`archivist --help` tells what is possible"
        return console.tell_failure(
            console.Failure("usage", error.format_message().rstrip("."), hint, error.exit_code), as_json
        )
    except Exception as error:  # the last place that can tell it in one line
        return console.tell_failure(console.failure_of(error), as_json)
    finally:
        console.stop_logging()


def _first_index(settings: Settings) -> None:
    """Build the first index, so that a question can be asked at once."""
    from retrieval import build
    from retrieval.indexing import run_index
    from retrieval.progress import showing

    if settings.sources:
        paths: Sequence[Path] = settings.sources
        console.note(f"there is no index in {settings.data_dir} yet: building one from the sources that are set")
    else:
        paths = [build.sample_archive()]
        console.note(
            f"there is no index in {settings.data_dir} yet: building one from the sample archive that comes with "
            "Archivist. `archivist index PATH` indexes your own articles"
        )
    encoder, options = build.encoder_of(settings), build.options_of(settings)
    with showing(False) as shown:
        right = build.right_of(settings)
        report = run_index(settings.data_dir, paths, encoder, options, progress=shown, right=right)
    if report.skipped:
        console.note(f"{len(report.skipped):,} files or records were skipped: `archivist index --dry-run` lists them")


def _note_unknown(archive: Archive, filters: Filters) -> None:
    """Tell which of the filters' names the archive does not know, with the nearest that it does."""
    cited = [article for article, _ in archive.articles()]
    publishers = {article.publisher for article in cited if article.publisher}
    authors = {name for article in cited for name in article.authors}
    for what, asked, known in (("publisher", filters.publishers, publishers), ("author", filters.authors, authors)):
        for name, near in unknown_names(asked, known):
            nearest = f"The nearest are: {', '.join(near)}" if near else "`archivist articles` lists those there are"
            console.note(f'the archive has no {what} called "{name}". {nearest}')
