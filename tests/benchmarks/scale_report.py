"""What `scale` measured, as tables and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def tables(result: dict[str, Any]) -> Iterator[str]:
    """Yield the results as Markdown, line by line."""
    yield "| passages | dense search | build s | passages/s | peak MB | bytes a passage | MB after asking |"
    yield "|---:|---|---:|---:|---:|---:|---:|"
    for size in result["sizes"]:
        rate = size["passages"] / size["build_s"]
        yield (
            f"| {size['passages']:,} | {size['search']} | {size['build_s']:,.0f} | {rate:,.0f} "
            f"| {size['build_peak_mb']:,} | {size['size_bytes'] / size['passages']:,.0f} | {size['resident_mb']:,} |"
        )
    yield ""
    yield "| passages | filter leaves | questions | median ms | p95 ms | recall@10 |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for size in result["sizes"]:
        for row in size["ask_ms"]:
            yield (
                f"| {size['passages']:,} | {row['passages']:,} | {row['questions']:,} | {row['median']:.1f} "
                f"| {row['p95']:.1f} | {size['recall'][row['filters']]:.3f} |"
            )


def plot(result: dict[str, Any], path: Path) -> None:
    """Draw how milliseconds, memory and the time of a build grow, as SVG."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "archivist"
    from matplotlib import pyplot

    sizes = [size["passages"] for size in result["sizes"]]
    panels = [
        (
            "One question, milliseconds",
            [("95th percentile", _asked(result, "p95")), ("median", _asked(result, "median"))],
        ),
        ("Memory after 1,000 questions, MB", [("", [size["resident_mb"] for size in result["sizes"]])]),
        ("Build from ready vectors, seconds", [("", [size["build_s"] for size in result["sizes"]])]),
    ]
    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for axis, (title, lines) in zip(axes, panels, strict=True):
        for (name, values), style in zip(lines, ("o--", "o-") if len(lines) > 1 else ("o-",), strict=True):
            axis.plot(sizes, values, style, label=name, color="#1f5fa8")
            for size, value in zip(sizes, values, strict=True):
                axis.annotate(f"{value:,.0f}", (size, value), textcoords="offset points", xytext=(0, 7), ha="center")
        axis.set_xscale("log")
        axis.set_title(title, fontsize=11)
        axis.set_xlabel("passages")
        axis.set_xticks([10_000, 100_000, 1_000_000], ["10,000", "100,000", "1,000,000"])
        axis.margins(x=0.18, y=0.18)
        axis.set_ylim(bottom=0)
        axis.spines[["top", "right"]].set_visible(False)
        if len(lines) > 1:
            axis.legend(frameon=False, loc="upper left")
    figure.savefig(path, metadata={"Date": None})


def _asked(result: dict[str, Any], what: str) -> list[float]:
    return [size["ask_ms"][0][what] for size in result["sizes"]]
