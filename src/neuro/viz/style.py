"""The one style of all figures, and how they are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, YELLOW = "#56B4E9", "#F0E442"
INK, GREY, PALE = "#222222", "#6E6E6E", "#D9D9D9"
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, YELLOW)
"""Okabe & Ito's colours, distinct for all common kinds of colour vision."""
DIVERGING = "RdBu_r"
"""Colour map of signed values, symmetric about zero."""
SEQUENTIAL = "viridis"

WIDTH = 10.0
"""Width of a figure, inch: 960 px in a browser."""

DPI = 150
"""Resolution of what is drawn as an image, dots per inch."""

RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Text as outlines looks the same on every machine; a fixed salt keeps ids the same.
    "svg.fonttype": "path",
    "svg.hashsalt": "neuro",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw and write figures in the project's style; the caller's settings come back after."""
    with mpl.rc_context(RC):
        yield


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """A figure with automatic layout that belongs to no window.

    Parameters
    ----------
    height, width : float
        Size, inch.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def save_svg(figure: Figure, path: str | Path) -> None:
    """Write a figure as SVG; the same figure gives the same bytes."""
    # `savefig` draws a figure twice: once unseen, only to have the layout carried out.
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    figure.set_dpi(DPI)
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(path, metadata={"Date": None, "Creator": "neuro"})


def zero_lines(axes: Axes, *, vertical: bool = True) -> None:
    """Mark zero amplitude, and the event."""
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=1)
    if vertical:
        axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)


def shorten(label: str, most: int = 22) -> str:
    """Cut a label that would not fit, at `most` characters."""
    return label if len(label) <= most else label[: most - 1] + "…"
