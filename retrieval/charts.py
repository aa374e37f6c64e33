"""Small charts as SVG text, to stand within a page: numbers in, drawing out. Colours are the page's (`STYLE`).

Every chart fits the width that it is given, and tells in words what it shows (`label`).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil

from retrieval.reliability import Bin

STYLE = """
svg{display:block;width:100%;max-width:34rem;height:auto;margin:.5rem 0}
svg text{font:13px system-ui,sans-serif;fill:var(--ink)}
.axis{stroke:var(--faint);stroke-width:1}.grid{stroke:var(--line);stroke-width:1}
.one{fill:var(--one);stroke:var(--one)}.two{fill:var(--two);stroke:var(--two)}
.line{fill:none;stroke:var(--one);stroke-width:2.5}.even{stroke:var(--faint);stroke-width:1.5;stroke-dasharray:5 4}
"""
_WIDTH, _HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 12, 46


def interval_chart(rows: Sequence[tuple[str, float, float, float]], label: str) -> str:
    """Draw (name, value, low, high), each between 0 and 1: a line below the other."""
    height = 34 * len(rows) + 34
    left, width = 150, _WIDTH - 150 - 24
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = left + tick * width
        parts.append(_line(x, 8, x, height - 24, "grid") + _text(x, height - 6, f"{tick:g}", "middle"))
    for i, (name, value, low, high) in enumerate(rows):
        y = 24 + 34 * i
        parts.append(_text(4, y + 4, name, "start"))
        parts.append(f'<line x1="{left + low * width:.1f}" x2="{left + high * width:.1f}" y1="{y}" y2="{y}" '
                     'class="one" stroke-width="3"/>')  # fmt: skip
        parts.append(f'<circle cx="{left + value * width:.1f}" cy="{y}" r="5" class="one"/>')
    return _svg(parts, label, height)


def reliability_chart(bins: Sequence[Bin], label: str) -> str:
    """Draw the share right over the confidence, a bar for each bin; the broken line is where they are equal."""
    parts = _axes("confidence", "share right", 1.0)
    for each in bins:
        x, y = _x(each.low), _y(each.right)
        parts.append(
            f'<rect x="{x + 2:.1f}" y="{y:.1f}" width="{_x(each.high) - x - 4:.1f}" '
            f'height="{max(_y(0) - y, 1):.1f}" class="one" fill-opacity=".55"/>'
        )
        parts.append(f'<circle cx="{_x(each.confidence):.1f}" cy="{y:.1f}" r="4" class="two"/>')
    parts.append(_line(_x(0), _y(0), _x(1), _y(1), "even"))
    return _svg(parts, label)


def curve_chart(points: Sequence[tuple[float, float]], across: str, up: str, label: str) -> str:
    """Draw a curve through `points`, whose first numbers are between 0 and 1."""
    top = ceil(max((y for _, y in points), default=0.0) * 20) / 20 or 1.0
    parts = _axes(across, up, top)
    path = " ".join(f"{_x(x):.1f},{_y(y / top):.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" class="line"/>')
    return _svg(parts, label)


def histogram_chart(
    series: Sequence[tuple[str, Sequence[float]]], across: str, high: float, label: str, bins: int = 20
) -> str:
    """Draw how many values, from 0 to `high`, lie in each of `bins` of equal width; at most two series, side by side.

    What is above `high` is counted in the last. A `high` above 1 is rounded up to whole quarters.
    """
    high = high if high <= 1 else _by_four(high)
    counts = [[0] * bins for _ in series]
    for row, (_, values) in zip(counts, series, strict=True):
        for value in values:
            row[min(int(value / high * bins), bins - 1)] += 1
    top = _by_four(max((n for row in counts for n in row), default=0))
    parts = _axes(across, "questions", top, high)
    width = (_x(1) - _x(0)) / bins / max(len(series), 1)
    for at, row in enumerate(counts):
        for i, number in enumerate(row):
            if number:
                x, y = _x(i / bins) + at * width, _y(number / top)
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width - 1, 0.5):.1f}" height="{_y(0) - y:.1f}" '
                    f'class="{"one" if at == 0 else "two"}"/>'
                )
    if len(series) > 1:
        for at, (name, _) in enumerate(series):
            parts.append(f'<rect x="{_LEFT + 10 + 150 * at}" y="2" width="11" height="11" '
                         f'class="{"one" if at == 0 else "two"}"/>')  # fmt: skip
            parts.append(_text(_LEFT + 26 + 150 * at, 12, name, "start"))
    return _svg(parts, label)


def _by_four(value: float) -> int:
    """Return the least multiple of four that is not below `value`, and not 0: its quarters are whole."""
    return max(ceil(value / 4), 1) * 4


def _axes(across: str, up: str, top: float, right: float = 1.0) -> list[str]:
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line(_x(0), _y(tick), _x(1), _y(tick), "grid"))
        parts.append(_text(_LEFT - 6, _y(tick) + 4, f"{tick * top:.3g}", "end"))
        parts.append(_text(_x(tick), _y(0) + 18, f"{tick * right:.3g}", "middle"))
    parts.append(_line(_x(0), _y(0), _x(1), _y(0), "axis") + _line(_x(0), _y(0), _x(0), _y(1), "axis"))
    parts.append(_text(_x(0.5), _HEIGHT - 6, across, "middle"))
    middle = _y(0.5)
    parts.append(
        f'<text x="13" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 13 {middle:.1f})">{escape(up)}</text>'
    )
    return parts


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP - 8)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], label: str, height: int = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>{''.join(parts)}</svg>"
    )
