"""Figures of tokens and of training."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREEN, GREY, INK, ORANGE, PINK, SKY, new_figure

COLORS = {"residual": BLUE, "mu-law": ORANGE, "quantile": PINK, "learned": GREEN}
MARKERS = {"residual": "o", "mu-law": "s", "quantile": "D", "learned": "^"}
LINES = {"own": BLUE, "control": ORANGE}
NAMES = {"own": "model", "control": "model, channels on their own"}
PVE = (50, 90, 95, 98, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999)


def rates_figure(rates: pd.DataFrame) -> Figure:
    """Draw variance explained by what a token costs, a line for each kind of tokenizer.

    Parameters
    ----------
    rates : DataFrame
        Rows with `tokenizer`, `setting`, `best` (nats), `pve` (percent), `of_model`.
    """
    figure = new_figure(height=4.6, width=8.0)
    axes = figure.subplots()
    lost = -np.log10(np.maximum(100 - rates["pve"], 1e-6) / 100)
    for kind, rows in rates.assign(lost=lost).groupby("tokenizer", sort=False):
        name = str(kind)
        line = rows.sort_values("best")
        axes.plot(
            line["best"], line["lost"], color=COLORS[name], marker=MARKERS[name], markersize=6,
            linewidth=1.8, label=name,
        )  # fmt: skip
        for at in (0, len(line) - 1) if len(line) > 1 else (0,):
            row = line.iloc[at]
            sign = "step " if name == "residual" else ""
            axes.annotate(
                f"{sign}{row['setting']:g}", (row["best"], row["lost"]), (6, -12),
                textcoords="offset points", color=COLORS[name], fontsize=8,
            )  # fmt: skip
    chosen = rates["of_model"].to_numpy()
    axes.plot(
        rates["best"][chosen], lost[chosen], "o", markersize=14, markerfacecolor="none",
        markeredgecolor=INK, markeredgewidth=1.4, linestyle="none", label="the model's",
    )  # fmt: skip
    ticks = [p for p in PVE if lost.min() - 0.15 <= -np.log10(1 - p / 100) <= lost.max() + 0.15]
    axes.set_yticks([-np.log10(1 - p / 100) for p in ticks], [f"{p:g}" for p in ticks])
    axes.margins(x=0.06, y=0.09)
    axes.set(
        xlabel="Cost (nats per token, by the best of contexts of 0, 1, 2 tokens)",
        ylabel="Variance explained (%)",
    )
    axes.grid(axis="y", color=GREY, alpha=0.2)
    axes.legend(loc="lower right")
    return figure


def training_figure(training: pd.DataFrame, costs: Mapping[str, float]) -> Figure:
    """Draw the loss over steps, with what baselines cost as lines.

    Parameters
    ----------
    training : DataFrame
        Rows with `model`, `step`, `loss`, `held_out`.
    costs : mapping of str to float
        Nats per held-out token, by method.
    """
    figure = new_figure(height=4.4, width=9.0)
    axes = figure.subplots()
    last = float(training["step"].max())
    shown = []
    for name, rows in training.groupby("model", sort=False):
        color, steps = LINES[str(name)], rows["step"].to_numpy(float)
        smooth = _smooth(rows["loss"].to_numpy(float))
        axes.plot(steps, smooth, color=color, linewidth=1.2, alpha=0.6,
                  label=f"{NAMES[str(name)]}, training")  # fmt: skip
        known = rows["held_out"].notna()
        axes.plot(rows["step"][known], rows["held_out"][known], "o-", color=color, markersize=4,
                  label=f"{NAMES[str(name)]}, held out")  # fmt: skip
        shown += [smooth[len(smooth) // 20 :], rows["held_out"][known].to_numpy(float)]
    lines = {name: cost for name, cost in costs.items() if name not in LINES}
    values = np.concatenate([*shown, list(lines.values())])
    low, high = float(values.min()), float(values.max())
    pad = 0.06 * max(high - low, 1e-3)
    axes.set_ylim(low - pad, high + pad)
    styles = {"oracle": (INK, ":"), "autoregression": (GREEN, "--")}
    for name, cost in lines.items():
        color, style = styles.get(name, (GREY, "--"))
        axes.axhline(cost, color=color, linestyle=style, linewidth=1.1)
    _labels(axes, last, lines)
    axes.set_xlim(0, last)
    axes.set(xlabel="Step", ylabel="Cost (nats per token)")
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running mean over a fiftieth of all steps."""
    n = max(len(values) // 50, 1)
    padded = np.pad(values, (n - 1, 0), mode="edge")
    found: NDArray[np.float64] = np.convolve(padded, np.full(n, 1 / n), mode="valid")
    return found


def _labels(axes: Axes, x: float, lines: Mapping[str, float]) -> None:
    """Names of lines right of the axes, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    names = sorted(lines, key=lambda name: lines[name])
    places = apart([lines[name] for name in names], 0.055 * (high - low))
    for name, y in zip(names, places, strict=True):
        axes.annotate(
            f"{name} {lines[name]:.3f}", (x, lines[name]), (x * 1.03, y),
            textcoords="data", va="center", fontsize=8.5, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6},
        )  # fmt: skip


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Ascending places as near to ascending values as a least gap allows.

    Parameters
    ----------
    values : sequence of float
        Ascending.
    gap : float
        Least distance.
    """
    groups = [[value, 1.0] for value in values]  # centers and sizes of blocks that touch
    merged: list[list[float]] = []
    for center, size in groups:
        merged.append([center, size])
        while len(merged) > 1:
            (a, n), (b, m) = merged[-2], merged[-1]
            if b - a >= gap * (n + m) / 2:
                break
            merged[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    return [
        center + gap * (i - (size - 1) / 2) for center, size in merged for i in range(int(size))
    ]


SOURCES = {
    "real": INK,
    "own": BLUE,
    "control": ORANGE,
    "autoregression": GREEN,
    "truth": SKY,
}
"""Colors of recordings and of what made signals."""
TITLES = {
    "real": "recorded",
    "own": "generated",
    "control": "generated, channels on their own",
    "autoregression": "autoregression",
    "truth": "law of the simulation",
}
