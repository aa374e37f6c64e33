"""Issues of digitised newspapers: articles put together from the texts of several files that lie beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from retrieval.errors import ReadError
from retrieval.reading.alto import alto_pages, page_article
from retrieval.reading.blocks import Block, Facts, Kind, Limits, article
from retrieval.reading.headlines import headed
from retrieval.reading.ocr import Page, Region, region_blocks
from retrieval.reading.origins import OPENING, called
from retrieval.reading.siblings import Siblings
from retrieval.types import Article, Skipped

_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an article: the region of this id in the ALTO file that `reference` means, and its page's label."""

    reference: str
    region: str
    label: str = ""
    kind: Kind = "text"
    title: bool = False


class Pages:
    """The pages of an issue's ALTO files, each parsed once."""

    def __init__(self, siblings: Siblings, limits: Limits) -> None:
        self._siblings = siblings
        self._limits = limits
        self._pages: dict[str, list[Page]] = {}
        self.missing: dict[str, str] = {}
        """What could not be read: the reference, and the reason."""
        self.used: set[tuple[str, str]] = set()
        """Regions that are part of an article, by file and id."""

    def of(self, reference: str) -> list[Page]:
        """The pages of a file; none for one that is missing or cannot be read, which is noted."""
        if reference not in self._pages:
            self._pages[reference] = self._read(reference)
        return self._pages[reference]

    def blocks(self, pieces: Sequence[Piece]) -> list[Block]:
        """The paragraphs of an article's pieces, in their order."""
        blocks: list[Block] = []
        found: list[tuple[Region, str, float]] = []
        kind: Kind | None = None
        for piece in pieces:
            for page in self.of(piece.reference):
                for region in page.regions:
                    if piece.region != region.id and piece.region not in region.within:
                        continue
                    if kind != piece.kind:
                        blocks += region_blocks(found, kind)
                        found, kind = [], piece.kind
                    self.used.add((piece.reference, region.id))
                    found.append((region, piece.label or page.label, page.body_size()))
        return blocks + region_blocks(found, kind)

    def unused(self, reference: str) -> tuple[int, bool]:
        """How many regions of a file have text and are part of no article, and whether that is all of its text."""
        regions = [
            region
            for page in self.of(reference)
            for region in page.regions
            if any(line.text.strip() for line in region.lines)
        ]
        left = [region for region in regions if (reference, region.id) not in self.used]
        return len(left), bool(left) and len(left) == len(regions)

    def _read(self, reference: str) -> list[Page]:
        name = self._siblings.find(reference)
        if name is None:
            self.missing[reference] = "it is not in the source"
            return []
        try:
            with self._siblings.open(name) as file:
                pages, trouble = alto_pages(file, self._limits)
        except ReadError as error:
            self.missing[reference] = error.message
            return []
        except OSError as error:
            self.missing[reference] = error.strerror or type(error).__name__
            return []
        if trouble:
            self.missing[reference] = trouble
        return pages


def missing_pages(pages: Pages, name: str) -> Iterator[Skipped]:
    """The pages of the issue `name` that could not be read: the first of them each, the others counted."""
    for reference, reason in islice(pages.missing.items(), _MOST_TOLD):
        yield Skipped(name, f"its page {reference[:500]}: {reason}")
    if len(pages.missing) > _MOST_TOLD:
        yield Skipped(name, f"{len(pages.missing) - _MOST_TOLD:,} more of its pages are not there or cannot be read")


def pieced_article(pages: Pages, pieces: Sequence[Piece], facts: Facts, form: str, limits: Limits) -> Article | None:
    """The article that pieces make, called by `facts.title` or its own heading; None where no text is there."""
    blocks = pages.blocks(pieces)
    if not blocks:
        return None
    heading = pages.blocks([piece for piece in pieces if piece.title])
    own = " ".join(block.text for block in heading if any(char.isalpha() for char in block.text))
    if heading and blocks[: len(heading)] == heading and len(blocks) > len(heading):
        blocks = blocks[len(heading) :]
    title, blocks = headed(facts.title or own, blocks)
    return article(blocks, called(facts, title, "its heading" if own else OPENING), form, limits)


def whole_pages(pages: Pages, reference: str, label: str, facts: Facts, form: str, limits: Limits) -> list[Article]:
    """An article for each page of a file, where nothing says which articles stand on it."""
    found: list[Article] = []
    for page in pages.of(reference):
        page.label = label or page.label
        titled = replace(facts, title=f"{facts.title}, page {page.label}" if facts.title and page.label else "")
        made = page_article(page, titled, form, limits)
        if made:
            found.append(replace(made, record=f"page {page.label or reference}"))
    return found
