"""Figures: readable, without colliding texts, the same bytes each time."""

import itertools
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import mne
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from neuro.viz.erp import ContrastPicture, Peak, Wave, contrast_figure
from neuro.viz.maps import head_sphere
from neuro.viz.overview import RecordingWave, overview_figure
from neuro.viz.quality import QualityPicture, quality_figure
from neuro.viz.style import save_svg, style

TIMES = np.arange(-0.2, 0.8, 1 / 128)
INFO = mne.create_info(mne.channels.make_standard_montage("biosemi32").ch_names, 128.0, "eeg")
INFO.set_montage("biosemi32")


def wave(label: str, seed: int) -> Wave:
    mean = np.random.default_rng(seed).standard_normal(TIMES.size) * 1e-6
    return Wave(label, mean, mean - 5e-7, mean + 5e-7)


def contrast(info: mne.Info | None = INFO) -> Figure:
    return contrast_figure(
        ContrastPicture(
            times=TIMES,
            first=wave("face-upright (198 trials)", 0),
            second=wave("house-upright (200 trials)", 1),
            difference=wave("face-upright − house-upright", 2),
            window=(0.13, 0.2),
            clusters=[(0.14, 0.18), (0.3, 0.35)],
            peak=Peak(0.15, (0.14, 0.16), -3e-6, "N170, −3.0 µV at 150 ms"),
            map_values=np.random.default_rng(3).standard_normal(32) * 1e-6,
            info=info,
            roi=["PO3", "PO4"],
        )
    )


def quality(
    has_positions: bool = True, bads: tuple[str, ...] = ("PO3", "Fz"), at_rest: bool = False
) -> Figure:
    rng = np.random.default_rng(0)
    return quality_figure(
        QualityPicture(
            freqs=np.arange(1.0, 64),
            psd=rng.random((32, 63)) * 1e-12,
            info=INFO,
            has_positions=has_positions,
            bads=bads,
            bads_label="interpolated",
            kept={"face-upright": 190, "house-upright": 194},
            events={"face-upright": 198, "house-upright": 198},
            dropped={"amplitude": 9, "bad_a_very_long_description_of_muscle": 3},
            at_rest=at_rest,
        )
    )


def overview(n: int) -> Figure:
    recordings = [
        RecordingWave(f"sub-{i:03d}_task-x", TIMES, wave("", i), [(0.1, 0.2)], 0.15, -3e-6)
        for i in range(n)
    ]
    return overview_figure(recordings, (0.13, 0.2), wave("Mean", 99) if n > 1 else None)


FIGURES: dict[str, Callable[[], Figure]] = {
    "contrast": contrast,
    "contrast without positions": lambda: contrast(None),
    "quality": quality,
    "quality without positions": lambda: quality(False),
    "quality of neighbours": lambda: quality(bads=("PO3", "PO4", "Oz", "O1", "O2", "P3", "Pz")),
    "quality without bad channels": lambda: quality(bads=()),
    "quality at rest": lambda: quality(at_rest=True),
    "overview of 1": lambda: overview(1),
    "overview of 2": lambda: overview(2),
    "overview of 8": lambda: overview(8),
    "overview of 100": lambda: overview(100),
}


def texts(figure: Figure) -> list[Text]:
    """Texts that are drawn."""
    FigureCanvasAgg(figure).draw()
    hidden = set()
    for axes in figure.findobj(Axes):
        for axis in (axes.xaxis, axes.yaxis):
            # Ticks beyond the limits exist but are not drawn.
            low, high = sorted(axis.get_view_interval())
            hidden |= {
                tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high
            }
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip()
        and text.get_visible()
        and text not in hidden
        and (text.axes is None or text.axes.axison)
    ]


@pytest.mark.parametrize("name", FIGURES)
def test_texts_are_readable_and_apart(name: str) -> None:
    with style():
        figure = FIGURES[name]()
        found = texts(figure)
    assert found
    width, height = figure.get_size_inches() * figure.dpi
    boxes = [(text.get_text(), text.get_window_extent()) for text in found]
    for text in found:
        assert text.get_fontsize() >= 9, text.get_text()
    for label, box in boxes:
        inside = box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1
        assert inside, f"{label!r} leaves the figure"
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(overlap) <= 1.5, f"{one!r} runs into {two!r}"


@pytest.mark.parametrize("name", ["contrast", "quality", "overview of 2", "overview of 100"])
def test_same_figure_same_bytes(name: str, tmp_path: Path) -> None:
    for file in ("a.svg", "b.svg"):
        with style():
            save_svg(FIGURES[name](), tmp_path / file)
    content = (tmp_path / "a.svg").read_bytes()
    assert content == (tmp_path / "b.svg").read_bytes()
    assert b"<dc:date>" not in content
    assert len(content) < 600_000


def test_units_and_waves_are_right() -> None:
    figure = contrast()
    above, below = figure.subfigs[0].axes
    assert below.get_xlabel() == "Time after the event (ms)"
    assert above.get_ylabel() == "Amplitude (µV)"
    line = next(line for line in below.lines if line.get_label() == "face-upright − house-upright")
    np.testing.assert_allclose(line.get_xdata(), TIMES * 1e3)
    np.testing.assert_allclose(line.get_ydata(), wave("", 2).mean * 1e6)


def test_style_does_not_leak() -> None:
    before = dict(mpl.rcParams)
    with style():
        assert mpl.rcParams["svg.hashsalt"] == "neuro"
    assert dict(mpl.rcParams) == before


def test_head_sphere_fits_the_electrodes() -> None:
    sphere = head_sphere(INFO)
    assert sphere is not None
    x, y, z, radius = sphere
    places = np.array([ch["loc"][:3] for ch in INFO["chs"]])
    np.testing.assert_allclose(np.linalg.norm(places - [x, y, z], axis=1), radius, rtol=0.02)
    flat = mne.create_info(4, 100.0, "eeg")
    for i, channel in enumerate(flat["chs"]):
        channel["loc"][:3] = [i * 0.01, 0.02 * i**2, 0]
    assert head_sphere(flat) is None
