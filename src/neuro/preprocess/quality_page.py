"""One HTML page per recording that tells what cleaning did, by way of MNE's Report."""

import html
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mne
import numpy as np

from neuro.io.atomic import atomic, write_text
from neuro.io.bids import Recording
from neuro.preprocess.chain import History
from neuro.preprocess.eeg import read_history, step_of
from neuro.preprocess.findings import quality_of
from neuro.preprocess.header import has_positions
from neuro.preprocess.pictures import BEYOND, quality_picture, quality_texts
from neuro.preprocess.reading import open_recording
from neuro.preprocess.welch import welch
from neuro.viz.cleaning import ComponentPicture, Spectrum, components_figure, spectra_figure
from neuro.viz.quality import quality_figure
from neuro.viz.style import style

MOST_COMPONENTS = 60
"""Components drawn: those removed, then the first others."""
HIDDEN = {"mixing", "probabilities"}
"""What the table of steps would not be readable with; of labels it tells how many there are."""
_DATE = re.compile(r"on\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+")


def run(
    continuous_path: str | Path,
    epochs_path: str | Path | None,
    output: str | Path,
    *,
    root: str | Path,
    recording: Recording,
) -> None:
    """Write the page of one recording from what cleaning left.

    Parameters
    ----------
    continuous_path, epochs_path : str | Path
        What :func:`neuro.preprocess.eeg.run` wrote; no epochs for a recording at rest.
    output : str | Path
        The page, a name that ends in `.html`.
    root : str | Path
        The BIDS tree, for the spectrum before cleaning.
    recording : Recording
        Which recording of it.
    """
    with mne.use_log_level("WARNING"):
        raw = open_recording(root, recording).raw.load_data()
        before = spectrum_of(raw, "as recorded")
        cleaned = mne.io.read_raw_fif(continuous_path, preload=True)
        # Current source density has another unit, and is only in the figure of its own spectra.
        after = [] if "csd" in cleaned else [spectrum_of(cleaned, "cleaned")]
        made: mne.BaseEpochs | mne.io.BaseRaw = cleaned
        if epochs_path is not None:
            made = mne.read_epochs(epochs_path, preload=True)
        history = read_history(made, epochs_path or continuous_path)
        quality_page(output, made, history, [before, *after], title=recording.name)


def spectrum_of(raw: mne.io.BaseRaw, label: str) -> Spectrum:
    """Spectrum of the good EEG channels outside of bad segments; see :func:`welch.welch`.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording, before or after cleaning.
    label : str
        What the stage is called.

    Raises
    ------
    ValueError
        If there is no good channel, or no good segment.
    """
    picks = mne.pick_types(raw.info, eeg=True)
    if not len(picks):
        raise ValueError("every EEG channel is marked as bad")
    freqs, density = welch(raw, picks)
    shown = freqs <= BEYOND * raw.info["lowpass"]
    return Spectrum(label, freqs[shown], density[:, shown])


def quality_page(
    path: str | Path,
    made: mne.BaseEpochs | mne.io.BaseRaw,
    history: History,
    spectra: Sequence[Spectrum],
    *,
    title: str,
) -> None:
    """Write the page: spectra, bad channels on the head, what was kept, components, all steps.

    The page holds all it shows, and the same input gives the same bytes.

    Parameters
    ----------
    path : str | Path
        Where to, a name that ends in `.html`.
    made : mne.BaseEpochs | mne.io.BaseRaw
        The clean epochs, or the clean recording at rest.
    history : list of dict
        From :func:`neuro.preprocess.eeg.run`.
    spectra : sequence of Spectrum
        Before and after cleaning, from :func:`spectrum_of`.
    title : str
        Of the page.
    """
    quality = quality_of(history, list(made.info["bads"]))
    report = mne.Report(title=title, image_format="png", verbose="ERROR")
    with style(), mne.use_log_level("ERROR"):
        report.add_figure(
            spectra_figure(spectra),
            "Spectra before and after cleaning",
            caption="Median of the good channels; bands: the middle 90% of channels.",
            tags=(),
        )
        report.add_figure(
            quality_figure(quality_picture(made, quality)),
            "Bad channels and seconds" if quality.at_rest else "Bad channels and epochs",
            caption=quality_texts(quality, "").caption,
            tags=(),
        )
        if (entry := step_of(history, "ica")) is not None:
            _add_components(report, made.info, entry)
    report.add_html(_steps_table(history), "Steps", tags=())
    with atomic(path) as temporary:
        report.save(temporary, open_browser=False, verbose="ERROR")
        page = temporary.read_text(encoding="utf-8")
    # The only thing in it that differs between runs is the time of writing, in the footer.
    head, footer = page[: page.rindex("<footer")], page[page.rindex("<footer") :]
    write_text(path, head + _DATE.sub("", footer))


def _add_components(report: mne.Report, info: mne.Info, entry: dict[str, Any]) -> None:
    found = entry["found"]
    names = [f"ICA{i:03d}" for i in range(found["n_components"])]
    shown = sorted(names, key=lambda name: (name not in found["excluded"], name))
    shown = sorted(shown[:MOST_COMPONENTS])
    caption = (
        f"{len(found['excluded'])} of {len(names)} components were removed (colored). Most likely "
        "class of each with its probability, or why it went. "
        f"{len(shown)} of {len(names)} are shown."
    )
    channels = found["mixing"]["channels"]
    there = mne.pick_info(info, [info["ch_names"].index(name) for name in channels])
    if not has_positions(there):
        return
    maps = np.array(found["mixing"]["maps"])
    pictures = [
        ComponentPicture(name, maps[int(name[3:])], _label(name, found), name in found["excluded"])
        for name in shown
    ]
    figure = components_figure(pictures, there)
    report.add_figure(figure, "Independent components", caption=caption, tags=())


def _label(name: str, found: dict[str, Any]) -> str:
    if name in found["excluded"]:
        return ", ".join(found["excluded"][name])
    if "labels" not in found:
        return ""
    i = int(name[3:])
    return f"{found['labels'][i]} {max(found['probabilities'][i]):.2f}"


def _steps_table(history: History) -> str:
    rows = []
    for entry in history:
        found = {key: value for key, value in entry["found"].items() if key not in HIDDEN}
        if "labels" in found:
            found["labels"] = dict(Counter(found["labels"]).most_common())
        cells = [
            entry["method"],
            *(json.dumps(x, ensure_ascii=False) for x in (entry["params"], found)),
        ]
        rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    heads = "".join(f"<th>{name}</th>" for name in ("step", "parameters", "found"))
    return f'<table class="table"><tr>{heads}</tr>{body}</table>'
