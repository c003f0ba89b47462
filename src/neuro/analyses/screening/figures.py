"""Figures of a screening: ranking, agreement of methods, maps, prediction."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuro.analyses.screening.analyse import Agreement, Ranked, Result
from neuro.analyses.screening.maps import Connectome, Tracts, Voxels
from neuro.stats.dependence.block import Floats
from neuro.stats.dependence.methods import METHODS
from neuro.viz.style import (
    BLUE,
    DIVERGING,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    SEQUENTIAL,
    new_figure,
    shorten,
)

SHOWN = 20
"""Features that are shown by name."""
VARIANTS = {
    "nested": ("selected in the training folds", BLUE),
    "leaky": ("selected from all subjects (leaky)", ORANGE),
    "covariates": ("covariates alone", GREEN),
}


def ranking_figure(ranked: Ranked, names: Sequence[str], alpha: float) -> Figure:
    """Scores of all features in order, and the best of them by name.

    Parameters
    ----------
    ranked : Ranked
        The ranking.
    names : sequence of str
        Names of the features.
    alpha : float
        Level of the false discovery rate.
    """
    figure = new_figure(5.2)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    order = ranked.score.ranking
    order = order[np.isfinite(ranked.score.strength[order])]
    values = ranked.score.strength[order]
    found = ranked.score.significance
    passing = np.zeros(len(order), bool) if found is None else found.q[order] <= alpha
    place = np.arange(1, len(order) + 1)
    left.plot(place, values, color=PALE, zorder=1)
    left.scatter(place[~passing], values[~passing], s=8, color=GREY, label="not significant")
    if passing.any():
        left.scatter(place[passing], values[passing], s=14, color=BLUE, label=f"q ≤ {alpha:g}")
    if found is not None:
        left.legend(loc="upper right")
    left.set(xscale="log", xlabel="Rank", ylabel=_axis(ranked), title="All features")
    _best(right, ranked, [names[i] for i in order[:SHOWN]], order[:SHOWN])
    return figure


def _axis(ranked: Ranked) -> str:
    method = ranked.score.method
    label = method.label[:1].upper() + method.label[1:]
    return f"{label} (nats)" if method.product == "estimate" else label


def _best(axes: Axes, ranked: Ranked, names: list[str], order: np.ndarray) -> None:
    rows = np.arange(len(order))
    effect = ranked.effect[order]
    colors = [GREY if np.isnan(e) else (ORANGE if e > 0 else BLUE) for e in effect]
    axes.barh(rows, ranked.score.strength[order], color=colors, height=0.7)
    axes.set_yticks(rows, [shorten(name, 36) for name in names])
    axes.invert_yaxis()
    axes.set(xlabel=_axis(ranked), title=f"The best {len(order)}")
    axes.set_xlim(0, ranked.score.strength[order].max(initial=1e-9) * 1.18)
    if ranked.stability is not None:
        for row, feature in zip(rows, order, strict=True):
            axes.annotate(
                f"{100 * ranked.stability[feature]:.0f} %",
                (ranked.score.strength[feature], row),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=GREY,
            )


def agreement_figure(agreement: Agreement) -> Figure:
    """Correlation of rankings, and share of common features among the best."""
    figure = new_figure(4.6)
    labels = [METHODS[name].label for name in agreement.methods]
    panels = (
        (agreement.correlation, "Rank correlation"),
        (agreement.overlap, f"Common among the best {agreement.n_top}"),
    )
    for axes, (matrix, title) in zip(figure.subplots(1, 2), panels, strict=True):
        image = axes.imshow(matrix, cmap=SEQUENTIAL, vmin=0, vmax=1)
        axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right")
        axes.set_yticks(range(len(labels)), labels)
        axes.set_title(title)
        axes.spines[:].set_visible(False)
        for (i, j), value in np.ndenumerate(matrix):
            color = "white" if value < 0.6 else INK
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8, color=color)
        figure.colorbar(image, ax=axes, shrink=0.75)
    return figure


def connectome_figure(connectome: Connectome, ranked: Ranked, alpha: float) -> Figure:
    """Edges as a matrix: score above the diagonal, effect below it.

    Parameters
    ----------
    connectome : Connectome
        Where the features are.
    ranked : Ranked
        The ranking.
    alpha : float
        Level of the false discovery rate; such edges are framed.
    """
    figure = new_figure(5.0)
    panels = figure.subplots(1, 2)
    n = len(connectome.regions)
    nothing = np.full(len(ranked.effect), np.nan)
    limit = float(np.nanmax(np.abs(ranked.effect), initial=1e-9))
    shown: tuple[tuple[Floats, str, str, float, float], ...] = (
        (
            connectome.matrix(ranked.score.strength, ranked.score.strength),
            _axis(ranked),
            SEQUENTIAL,
            0.0,
            float(np.nanmax(ranked.score.strength, initial=1e-9)),
        ),
        (
            connectome.matrix(ranked.effect, ranked.effect),
            "Correlation with the outcome",
            DIVERGING,
            -limit,
            limit,
        ),
    )
    found = ranked.score.significance
    passing = nothing if found is None else np.where(found.q <= alpha, 1.0, np.nan)
    frames = np.argwhere(np.isfinite(connectome.matrix(passing, passing)))
    step = max(1, -(-n // 14))
    for axes, (matrix, title, palette, low, high) in zip(panels, shown, strict=True):
        frame = ORANGE if palette == SEQUENTIAL else INK
        image = axes.imshow(matrix, cmap=palette, vmin=low, vmax=high)
        figure.colorbar(image, ax=axes, shrink=0.8)
        axes.set_xticks(range(0, n, step), connectome.regions[::step], rotation=90)
        axes.set_yticks(range(0, n, step), connectome.regions[::step])
        axes.set_title(title)
        axes.scatter(frames[:, 1], frames[:, 0], s=40, marker="s", fc="none", ec=frame, lw=1.4)
    return figure


def tracts_figure(tracts: Tracts, ranked: Ranked, alpha: float) -> Figure:
    """Score along every tract, a line per measure; dots: nodes below the false discovery rate."""
    n_columns = 4 if len(tracts.tracts) > 3 else len(tracts.tracts)
    n_rows = -(-len(tracts.tracts) // n_columns)
    figure = new_figure(1.0 + 1.45 * n_rows)
    grid = np.atleast_1d(figure.subplots(n_rows, n_columns, sharex=True, sharey=True)).ravel()
    colors = (BLUE, ORANGE, GREEN, GREY)
    found = ranked.score.significance
    for axes, tract in zip(grid, tracts.tracts, strict=False):
        axes.set_title(shorten(tract, 26), fontsize=9)
        for i, measure in enumerate(tracts.measures):
            features = tracts.place.get((measure, tract))
            if features is None:
                continue
            nodes, values = tracts.nodes[measure, tract], ranked.score.strength[features]
            color = colors[i % len(colors)]
            axes.plot(nodes, values, color=color, lw=1.3, label=measure.upper())
            passing = np.zeros(len(features), bool) if found is None else found.q[features] <= alpha
            axes.scatter(nodes[passing], values[passing], s=9, color=color, zorder=3)
    for axes in grid[len(tracts.tracts) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
    figure.supxlabel("Node along the tract", fontsize=10)
    figure.supylabel(_axis(ranked), fontsize=10)
    return figure


def voxels_figure(voxels: Voxels, ranked: Ranked, alpha: float, underlay: str) -> Figure:
    """Axial slices: score above, effect below; lines around voxels below the false discovery rate.

    Parameters
    ----------
    voxels : Voxels
        Where the features are.
    ranked : Ranked
        The ranking.
    alpha : float
        Level of the false discovery rate.
    underlay : {'mask', 'mni152'}
        What is drawn behind.
    """
    from nilearn import plotting
    from nilearn.datasets import load_mni152_template

    behind = load_mni152_template() if underlay == "mni152" else voxels.image(_inside(voxels))
    found = ranked.score.significance
    passing = np.zeros(len(ranked.effect))
    if found is not None:
        passing[found.q <= alpha] = 1.0
    score, effect = voxels.image(ranked.score.strength), voxels.image(ranked.effect)
    cuts = plotting.find_cut_slices(score, "z", n_cuts=min(6, voxels.mask.shape[2]))
    figure = new_figure(5.0)
    figure.set_layout_engine("none")
    rows = (
        (score, _axis(ranked), SEQUENTIAL, False, 0.5),
        (effect, "Correlation with the outcome", DIVERGING, True, 0.0),
    )
    for image, title, palette, signed, bottom in rows:
        limit = float(np.abs(image.get_fdata()).max()) or 1.0
        display = plotting.plot_stat_map(
            image, bg_img=behind, display_mode="z", cut_coords=cuts, cmap=palette, vmax=limit,
            vmin=-limit if signed else 0, symmetric_cbar=signed, threshold=1e-9, black_bg=False,
            figure=figure, axes=(0.02, bottom, 0.96, 0.42), draw_cross=False, dim=0,
        )  # fmt: skip
        if passing.any():
            display.add_contours(
                voxels.image(passing), levels=[0.5], colors=[INK if signed else ORANGE]
            )
        figure.text(0.02, bottom + 0.45, title, fontsize=11)
    return figure


def _inside(voxels: Voxels) -> Floats:
    return np.ones(len(voxels.numbers))


def prediction_figure(results: Sequence[Result]) -> Figure:
    """Measures of each variant with intervals, beside what permuted outcomes give."""
    measures = list(dict.fromkeys(result.measure for result in results))
    figure = new_figure(3.0)
    panels = np.atleast_1d(figure.subplots(1, len(measures), sharey=True))
    for axes, measure in zip(panels, measures, strict=True):
        own = [result for result in results if result.measure == measure]
        for row, result in enumerate(own):
            color = VARIANTS[result.variant][1]
            low, high = result.interval
            axes.plot([low, high], [row, row], color=color, lw=3)
            axes.scatter(result.value, row, s=60, color=color, zorder=3)
            axes.scatter(
                result.null, np.full(len(result.null), row + 0.28), s=9, color=GREY, alpha=0.6
            )
        axes.axvline(own[0].chance, color=INK, lw=0.8, ls="--")
        axes.set_yticks(range(len(own)), [VARIANTS[result.variant][0] for result in own])
        axes.set_ylim(len(own) - 0.4, -0.6)
        axes.set(xlabel=measure.replace("R2", "R²"))
    panels[0].set_title("Prediction of subjects that were not seen")
    return figure
