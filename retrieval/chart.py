"""A timeline as a picture: bars on a dark card, which can be read on a dark page and on a light one.

Only numbers and the names of periods stand in it, in words that the caller gives: what somebody asked may hold
characters that no font here has. Matplotlib is imported when a picture is drawn, and nothing of it is shared between
threads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from io import BytesIO

from retrieval.periods import Period

WIDTH_PX, HEIGHT_PX = 1100, 480
_DPI = 200
_CARD, _TEXT, _GRID = "#1e1f22", "#dbdee1", "#3f4147"
_BAR, _PEAK = "#5b8dd9", "#f0b132"
_LETTER_PT = 13.0  # a telephone shows the picture at a quarter of its size, and this is to be read there, too
_NAMES = 6  # below the bars, at most
_NAMES_CHARS = 34  # of all names below the bars: more would touch
_FEW = 3  # bars; fewer are drawn as if there were so many, for a single one would fill the picture


def draw(periods: Sequence[Period], names: Sequence[str], peaks: Collection[str]) -> bytes:
    """Return a PNG, 1100 × 480 pixels, of how many lie in each of `periods`, which are called `names`.

    The bars of those whose `first` is among `peaks` stand out, with their numbers over them. Raises ValueError where
    there is no period to draw, or not one name for each.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    if not periods or len(names) != len(periods):
        raise ValueError(f"{len(periods)} periods with {len(names)} names cannot be drawn")
    figure = Figure(figsize=(WIDTH_PX / _DPI, HEIGHT_PX / _DPI), dpi=_DPI, facecolor=_CARD, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=_CARD)
    high = [period.first in peaks for period in periods]
    bars = axes.bar(
        range(len(periods)),
        [period.count for period in periods],
        width=0.82,
        color=[_PEAK if peak else _BAR for peak in high],
    )
    axes.bar_label(
        bars, [f"{period.count:,}" if peak else "" for period, peak in zip(periods, high, strict=True)],
        color=_PEAK, fontsize=_LETTER_PT, fontweight="bold", padding=2,
    )  # fmt: skip
    shown = _shown(periods, max(map(len, names)))
    axes.set_xticks(shown, [names[place] for place in shown], parse_math=False)
    spare = max(_FEW - len(periods), 0) / 2
    axes.set_xlim(-0.6 - spare, len(periods) - 0.4 + spare)
    axes.set_ylim(0, max(period.count for period in periods) * 1.24 or 1)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_TEXT, labelsize=_LETTER_PT, length=0, pad=4)
    axes.tick_params(axis="x", pad=9)  # so that the first name is clear of the 0 beside the bars
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_TEXT)
    written = BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _shown(periods: Sequence[Period], longest: int) -> list[int]:
    """Return which bars have their names below: at equal distances that a calendar has, the first among them.

    There are the fewer of them the longer names are, the longest having `longest` characters.
    """
    most = min(max(_NAMES_CHARS // max(longest, 1), 2), _NAMES)
    steps = (1, 2, 3, 6, 12) if len(periods[0].first) > len("2021") else (1, 2, 5, 10, 20, 50, 100, 200)
    step = next((step for step in steps if len(periods) <= step * most), -(-len(periods) // most))
    return list(range(0, len(periods), step))
