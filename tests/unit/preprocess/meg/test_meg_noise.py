"""Noise covariance from the empty room and from the baseline; parcellations fetched."""

import json
from pathlib import Path

import mne
import numpy as np
import pytest

from neuro.config.meg import MEGPreprocess
from neuro.config.meg_source import Parcellation
from neuro.datasets.base import DatasetError
from neuro.datasets.parcellation import fetch, stamp
from neuro.io import hdf5
from neuro.preprocess.meg import clean, epochs, parcellate
from neuro.preprocess.meg.channels import meg_picks
from neuro.preprocess.meg.components import meg_rank
from neuro.preprocess.meg.emptyroom import empty_room_covariance

ROOM = "sub-emptyroom/ses-1/meg/sub-emptyroom_ses-1_task-noise_meg.fif"


@pytest.fixture
def tree(new_meg_raw, new_meg_tree):
    """A recording, and the empty room: white noise of 3 fT."""
    tree = new_meg_tree(new_meg_raw(seconds=12.0, kinds=("mag",)))
    room = new_meg_raw(seconds=12.0, kinds=("mag",)).set_annotations(None)
    picks = meg_picks(room.info)
    rng = np.random.default_rng(9)
    room._data[picks] = 3e-15 * rng.standard_normal((len(picks), room.n_times))
    path = tree.root / ROOM
    path.parent.mkdir(parents=True)
    room.save(path, verbose="ERROR")
    sidecar = tree.raw.with_name("sub-01_task-x_meg.json")
    sidecar.write_text(json.dumps({"PowerLineFrequency": 60, "AssociatedEmptyRoom": f"/{ROOM}"}))
    return tree


def make_params(chain: list, method: str = "emptyroom") -> MEGPreprocess:
    source = {"noise": {"method": method}, "spacing": 16, "beamformer": {"rank": 20}}
    return MEGPreprocess.model_validate({"chain": chain, "source": source, "signs": None})


def cleaned(tree, params: MEGPreprocess) -> Path:
    path = tree.root / "x_raw.fif"
    rng = np.random.default_rng(0)
    clean.run(path, root=tree.root, recording=tree.recording, params=params.cleaning, rng=rng)
    return path


@pytest.mark.parametrize("separated", [False, True])
def test_empty_room_goes_through_what_concerns_it(tree, separated: bool) -> None:
    step = {"maxwell": {"st_duration": None, "int_order": 4, "ext_order": 2, "uncalibrated": True}}
    params = make_params([step] if separated else ["projections"])
    path = cleaned(tree, params)
    raw = mne.io.read_raw_fif(path, verbose="ERROR")
    raw.pick(meg_picks(raw.info))
    history = clean.read_history(raw.info, path)
    with mne.use_log_level("ERROR"):
        found = empty_room_covariance(raw, tree.root, tree.recording, history, params)
    values = np.linalg.eigvalsh(found)
    rank = int((values > 1e-10 * values[-1]).sum())
    assert rank == meg_rank(raw.load_data())
    assert (rank < 40) == separated
    if not separated:
        share = 44 / 100  # of white noise up to the Nyquist frequency
        assert np.median(np.diag(found)) == pytest.approx(9e-30 * share, rel=0.15)


def test_unnamed_empty_room_is_an_error(tree) -> None:
    tree.raw.with_name("sub-01_task-x_meg.json").write_text("{}")
    params = make_params(["projections"])
    path = cleaned(tree, params)
    raw = mne.io.read_raw_fif(path, verbose="ERROR")
    with pytest.raises(ValueError, match=r"meg\.json: names no AssociatedEmptyRoom"):
        empty_room_covariance(raw, tree.root, tree.recording, [], params)


def test_baseline_is_noise(tree, parcellation: Path, tmp_path: Path) -> None:
    params = make_params(["projections"], "baseline")
    path = cleaned(tree, params)
    keywords = {"root": tree.root, "recording": tree.recording, "params": params}
    with pytest.raises(ValueError, match="baseline needs `events`"):
        parcellate.run(path, parcellation, tmp_path / "x.h5", **keywords)
    epochs.run(path, tmp_path / "x_epo.fif", events={"one": ["one"]}, params=params.epochs)
    parcellate.run(path, parcellation, tmp_path / "x.h5", tmp_path / "x_epo.fif", **keywords)
    after = np.asarray(hdf5.read(tmp_path / "x.h5")["leakage/after"].values)
    assert np.abs(after[np.tril_indices(8, -1)]).max() < 1e-8


def test_local_parcellation_is_copied_and_watched(parcellation: Path, tmp_path: Path) -> None:
    given = Parcellation(file=str(parcellation))
    fetch(given, "d", tmp_path / "out.nii.gz", tmp_path)
    assert (tmp_path / "out.nii.gz").read_bytes() == parcellation.read_bytes()
    assert stamp(given)["stat"][0] == parcellation.stat().st_size
    missing = Parcellation(file="nowhere.nii.gz")
    with pytest.raises(DatasetError, match=r"parcellation\.file: nowhere\.nii\.gz: no such file"):
        fetch(missing, "d", tmp_path / "out.nii.gz", tmp_path)
    with pytest.raises(DatasetError, match="no such file"):
        stamp(missing)


def test_default_parcellation_is_pinned() -> None:
    package = Parcellation().chosen_package
    assert package is not None
    assert package.distribution == "osl-dynamics==3.3.0"
    assert "stat" not in stamp(Parcellation())
    with pytest.raises(ValueError, match="give either `file` or `package`"):
        Parcellation(file="x.nii", package=package)
