"""The page of a recording holds what it promises, alone, and the same each time."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest

from neuro.preprocess.chain import apply_chain
from neuro.preprocess.eeg import read_history
from neuro.preprocess.quality_page import quality_page, spectrum_of


def test_spectrum_is_that_of_the_good_part(raw: mne.io.BaseRaw) -> None:
    times = raw.times
    data = 1e-6 * np.sqrt(2) * np.sin(2 * np.pi * 10 * times) + np.zeros((16, 1))
    data[3] *= 1e3
    data[:, :640] += 1e-3
    wave = mne.io.RawArray(data, raw.info, verbose="ERROR")
    wave.info["bads"] = [raw.ch_names[3]]
    wave.annotations.append(0.0, 5.0, "BAD_jump")
    spectrum = spectrum_of(wave, "before")
    assert spectrum.density.shape[0] == 15
    assert spectrum.freqs[spectrum.density[0].argmax()] == 10
    power = spectrum.density.sum(axis=1) * (spectrum.freqs[1] - spectrum.freqs[0])
    np.testing.assert_allclose(power, 1e-12, rtol=0.01)


def test_the_page(
    raw: mne.io.BaseRaw,
    new_epochs: Callable[..., mne.EpochsArray],
    change_params: Callable[..., Any],
    tmp_path: Path,
) -> None:
    epochs = new_epochs(n=5)
    before = spectrum_of(raw, "before")
    chain = change_params(chain=[{"ica": {"max_iter": 3, "n_components": 7}}]).chain
    read, *rest = read_history(epochs, "x")
    story = [read, *apply_chain(raw, chain, np.random.default_rng(0)), *rest]
    spectra = [before, spectrum_of(raw, "after")]
    for name in ("a", "b"):
        quality_page(tmp_path / f"{name}_report.html", epochs, story, spectra, title="sub-01 <x>")
    page = (tmp_path / "a_report.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "b_report.html").read_text(encoding="utf-8")
    for text in (
        "Spectra before and after cleaning",
        "Bad channels and epochs",
        "Cz, O1",
        "Independent components",
        "of 7 components were removed",
        "80 of 80" if len(epochs) == 80 else "(10 of 10)",
        "&quot;n_components&quot;: 7",
    ):
        assert text in page
    assert page.count("<figure") == 3
    assert not re.search(r'(src|href)="https?://(?!mne\.tools)', page)
    assert not re.search(r"\d\d:\d\d:\d\d", page[page.rindex("<footer") :])
    assert not list(tmp_path.glob("*.tmp"))


def test_without_ica_there_are_no_components(
    raw: mne.io.BaseRaw, new_epochs: Callable[..., mne.EpochsArray], tmp_path: Path
) -> None:
    epochs = new_epochs(n=5)
    spectra = [spectrum_of(raw, "before")]
    quality_page(tmp_path / "r.html", epochs, read_history(epochs, "x"), spectra, title="x")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Independent components" not in page
    assert page.count("<figure") == 2


def test_short_stretches_have_shorter_windows(raw: mne.io.BaseRaw) -> None:
    raw.annotations.append(np.arange(0.0, 70), 0.0, "EDGE boundary")
    np.testing.assert_allclose(np.diff(spectrum_of(raw, "x").freqs), 1.0)
    raw.annotations.append(0.0, raw.times[-1] + 1, "BAD_all")
    with pytest.raises(ValueError, match="the whole recording is annotated as bad"):
        spectrum_of(raw, "x")


def test_all_bad_is_an_error(raw: mne.io.BaseRaw) -> None:
    raw.info["bads"] = raw.ch_names
    with pytest.raises(ValueError, match="every EEG channel is marked as bad"):
        spectrum_of(raw, "x")
