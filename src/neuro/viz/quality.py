"""The figure of a recording's quality: spectra, bad channels on the head, dropped epochs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, FigureBase
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from neuro.viz.maps import head_sphere
from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, new_figure, shorten

Floats = NDArray[np.float64]

MOST_LABELS = 12
"""Bad channels named on the head; more are only marked."""
MOST_REASONS = 8
SHOWN_DB = 60.0
"""Range of the spectra's axis, dB."""


@dataclass(frozen=True)
class QualityPicture:
    """What the figure shows.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    psd : ndarray, shape (n_channels, n_freqs)
        Power spectral density of the clean epochs, V²/Hz.
    info : mne.Info
        The channels, in the order of `psd`.
    has_positions : bool
        Whether they can be drawn on a head.
    bads : sequence of str
        Channels that were bad.
    bads_label : str
        What was done with them: `interpolated` or `bad`.
    kept, events : mapping of str to int
        Epochs kept and events there were, by condition.
    dropped : mapping of str to int
        Epochs dropped, by reason.
    """

    freqs: Floats
    psd: Floats
    info: mne.Info
    has_positions: bool
    bads: Sequence[str]
    bads_label: str
    kept: Mapping[str, int]
    events: Mapping[str, int]
    dropped: Mapping[str, int]


def quality_figure(picture: QualityPicture) -> Figure:
    """Draw the figure of a recording's quality.

    Parameters
    ----------
    picture : QualityPicture
        What to show.

    Returns
    -------
    figure : Figure
        Spectra, head (where there are positions) and epochs, side by side.
    """
    figure = new_figure(height=3.8)
    ratios = [1.25, 1, 1.05] if picture.has_positions else [1.25, 1.05]
    panels = figure.subfigures(1, len(ratios), squeeze=False, width_ratios=ratios, wspace=0.03)[0]
    _draw_spectra(panels[0].subplots(), picture)
    if picture.has_positions:
        _draw_head(panels[1].subplots(), picture)
    rows = [len(picture.kept), max(1, min(len(picture.dropped), MOST_REASONS))]
    above, below = panels[-1].subfigures(2, 1, height_ratios=[row + 1.5 for row in rows])
    _draw_kept(above, picture)
    _draw_reasons(below, picture)
    return figure


def _draw_spectra(axes: Axes, picture: QualityPicture) -> None:
    decibel = 10 * np.log10(np.maximum(picture.psd * 1e12, 1e-12))
    bad = np.isin(picture.info["ch_names"], list(picture.bads))
    for part, color, width in ((~bad, GREY, 0.6), (bad, ORANGE, 1.1)):
        lines = [np.column_stack([picture.freqs, row]) for row in decibel[part]]
        # One picture instead of hundreds of outlines: the file stays small.
        axes.add_collection(
            LineCollection(lines, colors=color, linewidths=width, alpha=0.6, rasterized=True)
        )
    axes.plot(picture.freqs, np.median(decibel, axis=0), color=INK, label="median")
    axes.plot([], [], color=GREY, linewidth=0.8, label="channels")
    if bad.any():
        axes.plot([], [], color=ORANGE, linewidth=1.1, label=picture.bads_label)
    axes.set_xlim(picture.freqs[0], picture.freqs[-1])
    axes.margins(y=0.05)
    axes.autoscale_view(scalex=False)
    # What a low-pass has taken away would squeeze the rest.
    top = axes.get_ylim()[1]
    axes.set_ylim(max(axes.get_ylim()[0], top - SHOWN_DB), top)
    axes.set_xlabel("Frequency (Hz)")
    axes.set_ylabel("Power (dB re 1 µV²/Hz)")
    axes.set_title("Spectra of the clean epochs")
    axes.legend(loc="upper right")


def _draw_head(axes: Axes, picture: QualityPicture) -> None:
    names = picture.info["ch_names"]
    bads = [name for name in names if name in set(picture.bads)]
    info = picture.info.copy()
    info["bads"] = []
    mne.viz.plot_topomap(
        np.zeros(len(names)),
        info,
        axes=axes,
        cmap="Greys",
        vlim=(0, 1),
        sphere=head_sphere(info),
        contours=0,
        mask=np.isin(names, bads),
        mask_params={
            "marker": "X",
            "markerfacecolor": ORANGE,
            "markeredgecolor": "white",
            "markersize": 9,
        },
        sensors="k.",
        names=[name if name in bads and len(bads) <= MOST_LABELS else "" for name in names],
        show=False,
    )
    for text in axes.texts:
        text.set(fontsize=9, color=INK, va="bottom", ha="left")
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    axes.set_title(f"{len(bads)} of {len(names)} channels {picture.bads_label}", loc="center")


def _draw_kept(panel: FigureBase, picture: QualityPicture) -> None:
    names = list(picture.kept)
    kept = np.array([picture.kept[name] for name in names])
    events = np.array([picture.events[name] for name in names])
    axes = panel.subplots()
    axes.barh(names, events, color=PALE, height=0.7)
    axes.barh(names, kept, color=BLUE, height=0.7)
    _finish_bars(axes, events, [f"{k} of {n}" for k, n in zip(kept, events, strict=True)])
    _heading(panel, "Epochs kept")


def _draw_reasons(panel: FigureBase, picture: QualityPicture) -> None:
    reasons = dict(list(picture.dropped.items())[:MOST_REASONS]) or {"none": 0}
    counts = np.array(list(reasons.values()))
    axes = panel.subplots()
    axes.barh(list(reasons), counts, color=ORANGE, height=0.7)
    _finish_bars(axes, counts, [str(count) for count in counts])
    _heading(panel, "Epochs dropped, by reason")


def _heading(panel: FigureBase, text: str) -> None:
    """A title over the whole panel: the axes alone are narrow beside long labels."""
    panel.suptitle(text, x=0.02, ha="left", fontsize=11, fontweight="bold")


def _finish_bars(axes: Axes, lengths: NDArray[np.int_], labels: Sequence[str]) -> None:
    longest = max(1, int(lengths.max()))
    for i, (length, label) in enumerate(zip(lengths, labels, strict=True)):
        axes.text(length + 0.02 * longest, i, label, va="center", fontsize=9)
    axes.set_xlim(0, longest * 1.45)  # room for the numbers
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    axes.set_yticks(range(len(ticks)), [shorten(tick) for tick in ticks])
