"""A recording from its tree to its manifest; and every bad input as one clear error."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import mne
import numpy as np
import pytest

from neuro.config.dataset import MEGDataset
from neuro.config.meg import MEGPreprocess
from neuro.config.spectra import Spectra
from neuro.io import hdf5, manifest
from neuro.preprocess.meg import align, clean, epochs, finish, parcellate, spectra, summary
from neuro.preprocess.meg.look import look

PARAMS = {
    "chain": [
        "bad_channels",
        "maxwell",
        "projections",
        {"filter": {"l_freq": 0.5, "h_freq": 60}},
        {"resample": {"sfreq": 125}},
        {"bad_segments": {"length": 1.0}},
        {"ica": {"n_components": 8, "method": "fastica", "correlate": ["eog"]}},
    ],
    "source": {"spacing": 16, "beamformer": {"rank": 20}},
    "components": {"bump": {"conditions": ["one"], "window": [0.05, 0.2]}},
    "signs": {"n_embeddings": 5},
}
EVENTS = {"one": ["one"], "two": ["two"]}
SPECTRA = {"window": 2, "connectivity": {"methods": ["wpli"], "bands": ["alpha"], "epoch": 1}}


def make_params(**changes) -> MEGPreprocess:
    return MEGPreprocess.model_validate({**PARAMS, **changes})


@pytest.fixture
def tree(new_meg_raw, new_meg_tree):
    return new_meg_tree(new_meg_raw(seconds=26.0, kinds=("mag",)))


def run_all(tree, parcellation: Path, out: Path) -> SimpleNamespace:
    params = make_params()
    raw, epo, parcels = out / "x_raw.fif", out / "x_epo.fif", out / "x_unflipped.h5"
    clean.run(
        raw,
        root=tree.root,
        recording=tree.recording,
        params=params.cleaning,
        rng=np.random.default_rng(1),
    )
    epochs.run(raw, epo, events=EVENTS, params=params.epochs)
    parcellate.run(
        raw, parcellation, parcels, epo, root=tree.root, recording=tree.recording, params=params
    )
    align.run([parcels], out / "signs.tsv", recordings=[tree.recording.name], aligned=True)
    outputs = SimpleNamespace(
        parcels=out / "x_parcels.h5", figures=out / "figures", manifest=out / "x_manifest.json"
    )
    finish.run(
        parcels,
        out / "signs.tsv",
        raw,
        outputs,
        dataset="d",
        recording_name=tree.recording.name,
        params=params,
        rng=np.random.default_rng(2),
    )
    return outputs


def test_from_tree_to_manifest(tree, parcellation: Path, tmp_path: Path) -> None:
    outputs = run_all(tree, parcellation, tmp_path / "a")
    arrays = hdf5.read(outputs.parcels)
    parcels, good = arrays["parcels"], np.asarray(arrays["good"].values)
    values = np.asarray(parcels.values, dtype=float)[:, good]
    assert values.shape[0] == len(arrays["names"].values) == 8
    np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=1), 1, atol=1e-5)
    off = np.corrcoef(values)[np.tril_indices(8, -1)]
    assert np.abs(off).max() < 1e-5
    assert parcels.attrs["sfreq"] == 125
    assert np.asarray(arrays["centroids"].values).shape == (8, 3)

    about = manifest.read(outputs.manifest)
    names = {number.name for number in about.key_numbers}
    assert {"bump latency, left", "bump latency, right", "good data"} <= names
    assert any("no calibration" in text for text in about.warnings)
    assert any("EEG channels were filtered" in text for text in about.warnings)
    assert len(about.figures) == 4

    again = run_all(tree, parcellation, tmp_path / "b")
    assert hdf5.digest(outputs.parcels) == hdf5.digest(again.parcels)
    assert outputs.manifest.read_bytes() == again.manifest.read_bytes()

    found = SimpleNamespace(
        spectra=tmp_path / "s.h5",
        channels=tmp_path / "s.tsv",
        figures=tmp_path / "sf",
        manifest=tmp_path / "s.json",
    )
    asked = Spectra.model_validate(SPECTRA)
    rng = np.random.default_rng(3)
    result = spectra.run(
        outputs.parcels, found, dataset="d", recording_name="x", params=asked, rng=rng
    )
    assert result.signals.noun == "parcel"
    assert hdf5.read(found.spectra)["psd/mean"].unit == "1/Hz"
    total = result.power.psd.mean.sum(axis=1) * (result.power.freqs[1] - result.power.freqs[0])
    assert ((total > 0.7) & (total < 1.1)).all()
    wide = asked.model_copy(update={"fmax": 55.0})
    with pytest.raises(ValueError, match="must lie within the band of the parcels"):
        spectra.run(outputs.parcels, found, dataset="d", recording_name="x", params=wide, rng=rng)

    whole = SimpleNamespace(
        table=tmp_path / "recordings.tsv",
        description=tmp_path / "dataset_description.json",
        figures=tmp_path / "all",
        manifest=tmp_path / "manifest.json",
    )
    table = summary.run([outputs.manifest], tmp_path / "a" / "signs.tsv", whole, dataset="d")
    assert table["leakage_after"].iloc[0] < 1e-10
    assert manifest.read(whole.manifest).recording == ""


def test_look_tells_without_samples(tree) -> None:
    section = MEGDataset.model_validate(
        {
            "modality": "meg",
            "source": {"type": "bids", "path": str(tree.root)},
            "events": EVENTS,
            "preprocess": PARAMS,
        }
    )
    seen = look(tree.root, tree.recording, section)
    assert seen.problems == []
    assert seen.facts["magnetometers"] == 40
    assert seen.facts["events: one"] == 12
    assert any("will be skipped" in text for text in seen.warnings)
    broken = section.model_copy(update={"events": {"three": ["three"]}})
    (problem,) = look(tree.root, tree.recording, broken).problems
    assert "no event has trial_type three" in problem


def cleaned(tree, **changes) -> None:
    clean.run(
        tree.root / "x_raw.fif",
        root=tree.root,
        recording=tree.recording,
        params=make_params(**changes).cleaning,
        rng=np.random.default_rng(0),
    )


def test_split_that_lacks_a_part(new_meg_raw, new_meg_tree) -> None:
    tree = new_meg_tree(new_meg_raw(seconds=30.0))
    raw = mne.io.read_raw_fif(tree.raw, preload=True, verbose="ERROR")
    raw.save(tree.raw, split_size="2.5MB", overwrite=True, verbose="ERROR")
    parts = sorted(tree.raw.parent.glob("*.fif"))
    assert len(parts) > 1
    next(part for part in parts if part != tree.raw).unlink()
    with pytest.raises(
        ValueError, match=r"sub-01_task-x_meg\.fif: the recording is split.*part is"
    ):
        cleaned(tree)


def breakage(change: Callable[[mne.io.RawArray], object]):
    def broken(raw: mne.io.RawArray) -> mne.io.RawArray:
        change(raw)
        return raw

    return broken


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw._data.__setitem__((3, 50), np.nan), "NaN or infinite values in channel"),
        (lambda raw: raw._data.__setitem__(slice(0, 40), 0.0), "all 40 magnetometers are flat"),
        (lambda raw: raw._data.__imul__(1e12), "the unit is wrong"),
        (lambda raw: raw.pick(["eog", "eeg"]), "no MEG channel; it has channels of type eeg, eog"),
        (lambda raw: raw.pick(raw.ch_names[:10]), "10 MEG channels are too few"),
    ],
)
def test_bad_recordings(new_meg_raw, new_meg_tree, change, message: str) -> None:
    raw = breakage(change)(new_meg_raw(seconds=10.0, kinds=("mag",)))
    with pytest.raises(ValueError, match=message):
        cleaned(new_meg_tree(raw), chain=["bad_channels"])


def test_filter_above_nyquist_names_file_and_key(tree) -> None:
    with pytest.raises(ValueError, match=r"meg\.fif: preprocess\.chain\[0\]\.filter\.h_freq"):
        cleaned(tree, chain=[{"filter": {"h_freq": 150}}])


def test_too_few_dimensions_for_the_parcels(tree, parcellation: Path, tmp_path: Path) -> None:
    params = make_params(source={"spacing": 16, "beamformer": {"rank": 6}}, components={})
    cleaned(tree, chain=["bad_channels", {"resample": {"sfreq": 125}}])
    with pytest.raises(ValueError, match=r"8 parcels cannot be orthogonalized.*rank 6"):
        parcellate.run(
            tree.root / "x_raw.fif",
            parcellation,
            tmp_path / "x.h5",
            root=tree.root,
            recording=tree.recording,
            params=params,
        )
    assert not (tmp_path / "x.h5").exists()


def test_unapplied_projections_are_left_out_with_a_note(new_meg_raw, new_meg_tree) -> None:
    raw = new_meg_raw(seconds=10.0)
    raw.add_proj(mne.compute_proj_raw(raw, n_grad=1, n_mag=1, n_eeg=0, verbose="ERROR"))
    tree = new_meg_tree(raw)
    cleaned(tree, chain=[{"resample": {"sfreq": 125}}])
    saved = mne.io.read_raw_fif(tree.root / "x_raw.fif", verbose="ERROR")
    assert saved.info["projs"] == []
    history = clean.read_history(saved.info, "x")
    assert any("not asked for and are left out" in note for note in history[0]["found"]["notes"])


def test_too_few_epochs(tree, tmp_path: Path) -> None:
    cleaned(tree, chain=[{"resample": {"sfreq": 125}}])
    params = make_params(epochs={"min_trials": 20}).epochs
    with pytest.raises(ValueError, match=r"min_trials \(20\).*one \(12\)"):
        epochs.run(tree.root / "x_raw.fif", tmp_path / "x_epo.fif", events=EVENTS, params=params)
