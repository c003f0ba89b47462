"""The figure of a recording's quality: spectra, bad channels on the head, what was kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, FigureBase
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from neuro.viz.maps import head_sphere
from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, new_figure, shorten

Floats = NDArray[np.float64]

MOST_LABELS = 12
"""Bad channels named on the head; more are only marked."""
CORNERS = [("left", "bottom"), ("right", "bottom"), ("right", "top"), ("left", "top")]
"""Where a label may stand, as its alignments."""
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
        Power spectral density of the clean data, V²/Hz, or as `unit` says.
    info : mne.Info
        The channels, in the order of `psd`.
    has_positions : bool
        Whether they can be drawn on a head.
    bads : sequence of str
        Channels that were bad.
    bads_label : str
        What was done with them: `interpolated` or `bad`.
    kept, events : mapping of str to float
        Epochs kept and events there were, by condition; at rest, seconds kept and recorded.
    dropped : mapping of str to float
        Epochs dropped, or seconds left out, by reason.
    at_rest : bool
        Whether seconds are told instead of epochs.
    unit : str
        Unit of the data times 1e6.
    """

    freqs: Floats
    psd: Floats
    info: mne.Info
    has_positions: bool
    bads: Sequence[str]
    bads_label: str
    kept: Mapping[str, float]
    events: Mapping[str, float]
    dropped: Mapping[str, float]
    at_rest: bool = False
    unit: str = "µV"


def quality_figure(picture: QualityPicture) -> Figure:
    """Draw the figure of a recording's quality.

    Parameters
    ----------
    picture : QualityPicture
        What to show.

    Returns
    -------
    figure : Figure
        Spectra, head (where there are positions) and what was kept, side by side.
    """
    figure = new_figure(height=3.8)
    ratios = [1.25, 1, 1.05] if picture.has_positions else [1.25, 1.05]
    panels = figure.subfigures(1, len(ratios), squeeze=False, width_ratios=ratios, wspace=0.03)[0]
    _draw_spectra(panels[0].subplots(), picture)
    labels = _draw_head(panels[1].subplots(), picture) if picture.has_positions else []
    rows = [len(picture.kept), max(1, min(len(picture.dropped), MOST_REASONS))]
    above, below = panels[-1].subfigures(2, 1, height_ratios=[row + 1.5 for row in rows])
    _draw_kept(above, picture)
    _draw_reasons(below, picture)
    if len(labels) > 1:
        _spread(figure, labels)
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
    unit = f"({picture.unit})" if "/" in picture.unit else picture.unit
    axes.set_ylabel(f"Power (dB re 1 {unit}²/Hz)")
    axes.set_title(f"Spectra of the clean {'recording' if picture.at_rest else 'epochs'}")
    axes.legend(loc="lower left")


def _draw_head(axes: Axes, picture: QualityPicture) -> list[Text]:
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
    for sensors in axes.lines:
        if np.size(sensors.get_xdata()):  # unclipped, what is empty would have no bounds
            sensors.set_clip_on(False)  # the lowest lie beyond the axes
    labels = [text for text in axes.texts if text.get_text()]
    for text in labels:
        text.set(fontsize=9, color=INK)
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    axes.set_title(f"{len(bads)} of {len(names)} channels {picture.bads_label}", loc="center")
    return labels


def _spread(figure: Figure, labels: Sequence[Text]) -> None:
    """Put each label at a corner of its mark where it covers no other label, if there is one."""
    dpi = figure.dpi
    figure.draw_without_rendering()  # only then do the labels have a place
    placed: list[Bbox] = []
    for text in labels:
        boxes = {}
        for corner in CORNERS:
            text.set(ha=corner[0], va=corner[1])
            boxes[corner] = text.get_window_extent()
        ha, va = min(CORNERS, key=lambda corner: _covered(boxes[corner], placed))
        text.set(ha=ha, va=va)
        placed.append(boxes[ha, va])
    figure.set_dpi(dpi)  # which drawing as SVG leaves changed


def _covered(box: Bbox, others: Sequence[Bbox]) -> float:
    """Area that a box shares with others, square pixels."""
    shared = (Bbox.intersection(box, other) for other in others)
    return sum(float(part.width * part.height) for part in shared if part is not None)


def _draw_kept(panel: FigureBase, picture: QualityPicture) -> None:
    names = list(picture.kept)
    kept = np.array([picture.kept[name] for name in names])
    events = np.array([picture.events[name] for name in names])
    axes = panel.subplots()
    axes.barh(names, events, color=PALE, height=0.7)
    axes.barh(names, kept, color=BLUE, height=0.7)
    labels = [f"{k:.0f} of {n:.0f}" for k, n in zip(kept, events, strict=True)]
    _finish_bars(axes, events, labels)
    _heading(panel, "Seconds kept" if picture.at_rest else "Epochs kept")


def _draw_reasons(panel: FigureBase, picture: QualityPicture) -> None:
    reasons = dict(list(picture.dropped.items())[:MOST_REASONS]) or {"none": 0}
    counts = np.array(list(reasons.values()))
    axes = panel.subplots()
    axes.barh(list(reasons), counts, color=ORANGE, height=0.7)
    _finish_bars(axes, counts, [f"{round(float(count), 1):g}" for count in counts])
    what = "Seconds left out" if picture.at_rest else "Epochs dropped"
    _heading(panel, f"{what}, by reason")


def _heading(panel: FigureBase, text: str) -> None:
    """A title over the whole panel: the axes alone are narrow beside long labels."""
    panel.suptitle(text, x=0.02, ha="left", fontsize=11, fontweight="bold")


def _finish_bars(axes: Axes, lengths: Floats, labels: Sequence[str]) -> None:
    longest = max(1.0, float(lengths.max()))
    for i, (length, label) in enumerate(zip(lengths, labels, strict=True)):
        axes.text(length + 0.02 * longest, i, label, va="center", fontsize=9)
    axes.set_xlim(0, longest * 1.45)  # room for the numbers
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    axes.set_yticks(range(len(ticks)), [shorten(tick) for tick in ticks])
