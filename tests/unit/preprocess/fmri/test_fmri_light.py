"""The light chain finds the motion and the transformations that were planted."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import scipy.ndimage
from nilearn.datasets import load_mni152_template
from nilearn.image import smooth_img

from neuro.config.fmri import FMRIPreprocess
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.preprocess.fmri import clean, register
from neuro.preprocess.fmri.realign import Reference, parameters_of, realign, rigid
from neuro.preprocess.fmri.slice_timing import correct_slices

CENTER = np.array([0.0, -18, 10])
GRID = np.array([[5.0, 0, 0, -80], [0, 5, 0, -112], [0, 0, 5, -65], [0, 0, 0, 1]])
SHAPE = (33, 39, 32)


@pytest.fixture(scope="module")
def head() -> Any:
    """A smooth brain with finer voxels than those it is sampled with."""
    return smooth_img(load_mni152_template(resolution=3), 5)


def moved(head: Any, matrix: Any, seed: int, noise: float = 10) -> Any:
    """The head, moved by `matrix` (mm), on the grid, with noise of 1 %."""
    sampled = register.resample(head, np.linalg.inv(matrix), SHAPE, GRID, order=3) * 1000
    return (sampled + np.random.default_rng(seed).normal(0, noise, SHAPE)).astype(np.float32)


def error(found: Any, true: Any) -> tuple[float, float]:
    """Distance of the brain's centre, mm, and angle, degrees, between two rigid motions."""
    rest = np.linalg.inv(true) @ found
    shift = np.linalg.norm((rest @ np.r_[CENTER, 1])[:3] - CENTER)
    angle = np.arccos(np.clip((np.trace(rest[:3, :3]) - 1) / 2, -1, 1))
    return float(shift), float(np.rad2deg(angle))


def test_parameters_and_matrix_are_inverse() -> None:
    parameters = np.array([1.0, -2, 3, 0.1, -0.2, 0.3])
    np.testing.assert_allclose(parameters_of(rigid(parameters, CENTER), CENTER), parameters)


def test_known_motion_is_recovered(head: Any) -> None:
    rng = np.random.default_rng(3)
    planted = np.cumsum(rng.normal(0, 1, (6, 6)) * [0.6, 0.6, 0.6, 0.01, 0.01, 0.01], axis=0)
    planted[0] = 0
    matrices = [rigid(parameters, CENTER) for parameters in planted]
    volumes = [moved(head, matrix, i) for i, matrix in enumerate(matrices)]
    reference = Reference.of(volumes[0], GRID, 5.0)
    found, motion = realign(volumes, reference)
    for matrix, true in zip(found, matrices, strict=True):
        shift, angle = error(matrix, true)
        assert shift < 0.2
        assert angle < 0.2
    expected = [parameters_of(true, reference.center) for true in matrices]
    np.testing.assert_allclose(motion[:, :3], np.array(expected)[:, :3], atol=0.2)


def test_thin_and_uniform_volumes_are_refused() -> None:
    with pytest.raises(ValueError, match="too thin"):
        Reference.of(np.ones((20, 20, 3), np.float32), np.eye(4), 5.0)
    with pytest.raises(ValueError, match="too uniform"):
        Reference.of(np.ones((20, 20, 20), np.float32), np.eye(4), 5.0)


@pytest.mark.parametrize("axis", [0, 2])
def test_slices_are_brought_to_one_time(axis: int) -> None:
    tr, seconds = 2.0, np.array([0.0, 1.0, 0.5, 1.5])
    times = np.arange(50) * tr
    shape = [50, 1, 1, 1]
    shape[axis + 1] = 4
    run = np.array([np.sin(0.3 * (times + delay)) for delay in seconds]).T.reshape(shape)
    found = correct_slices(run, axis, seconds, tr, 0.5)
    assert found["largest_shift_s"] == 1.0
    expected = np.sin(0.3 * (times + 1.0))
    for i in range(4):
        np.testing.assert_allclose(run.reshape(50, 4)[1:-1, i], expected[1:-1], atol=0.01)


def test_a_known_rigid_transformation_between_contrasts(
    head: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "PYRAMID", ((2, 1.0, 100), (1, 0.0, 50)))
    true = rigid(np.array([3.0, 2, -4, 0.05, 0.03, -0.06]), CENTER)
    t1 = nib.Nifti1Image(moved(head, np.eye(4), 1), GRID)
    values = moved(head, true, 2)
    inverted = np.where(values > 100, 1300 - values, 0).astype(np.float32)
    epi = nib.Nifti1Image(scipy.ndimage.gaussian_filter(inverted, 0.4), GRID)
    found = register.affine_between(t1, epi, ("translation", "rigid"))
    shift, angle = error(found, true)
    assert shift < 0.2
    assert angle < 0.2


def raw_run(root: Path, head: Any, matrices: list[Any]) -> Recording:
    recording = Recording.from_path("sub-01/func/sub-01_task-rest_bold.nii.gz")
    (root / "sub-01/func").mkdir(parents=True)
    (root / "sub-01/anat").mkdir()
    run = np.stack([moved(head, matrix, i) for i, matrix in enumerate(matrices)], axis=-1)
    nib.Nifti1Image(run, GRID).to_filename(root / recording.path)
    told = {"RepetitionTime": 2.0, "SliceTiming": [0.06 * i for i in range(SHAPE[2])]}
    (root / "sub-01/func/sub-01_task-rest_bold.json").write_text(json.dumps(told))
    return recording


def test_the_chain_corrects_a_raw_run(head: Any, tmp_path: Path, outputs: SimpleNamespace) -> None:
    planted = np.zeros((12, 6))
    planted[6:, 0] = 2.0
    root = tmp_path / "bids"
    recording = raw_run(root, head, [rigid(p, CENTER) for p in planted])
    params = FMRIPreprocess(
        chain=["slice_timing", {"realign": {"reference": "first"}}],
        confounds={"strategy": ["motion"], "motion": "basic"},
        maps={"kinds": []},
    )
    history = clean.run(outputs, root=root, recording=recording, events={}, params=params)
    methods = [entry["method"] for entry in history]
    assert methods[:3] == ["read", "slice_timing", "realign"]
    read = hdf5.read(outputs.voxels)
    arrays = {name: np.asarray(array.values) for name, array in read.items()}
    assert arrays["fd"][6] == pytest.approx(2.0, abs=0.2)
    assert np.delete(arrays["fd"], 6).max() < 0.2
    assert arrays["regressors"].shape == (12, 6)
    assert np.median(arrays["tsnr"]) > 20
    assert not list(outputs.voxels.parent.glob(".fmri*"))


@pytest.mark.slow
@pytest.mark.parametrize("syn", [False, True])
def test_a_head_is_brought_to_mni(
    head: Any, tmp_path: Path, outputs: SimpleNamespace, syn: bool
) -> None:
    true = rigid(np.array([4.0, -6, 8, 0.08, -0.06, 0.05]), CENTER)
    true[:3, :3] = true[:3, :3] @ np.diag([1.07, 0.94, 1.05])
    root = tmp_path / "bids"
    recording = raw_run(root, head, [np.eye(4)] * 12)
    fine = np.diag([2.5, 2.5, 2.5, 1])
    fine[:3, 3] = [-110, -140, -90]
    t1 = load_mni152_template(resolution=2)
    there = register.resample(t1, np.linalg.inv(true), (90, 104, 86), fine, order=3)
    nib.Nifti1Image(there.astype(np.float32), fine).to_filename(
        root / "sub-01/anat/sub-01_T1w.nii.gz"
    )
    params = FMRIPreprocess(
        chain=["realign", "coregister", {"normalize": {"resolution": 4, "syn": syn}}],
        maps={"kinds": []},
    )
    history = clean.run(outputs, root=root, recording=recording, events={}, params=params)
    (entry,) = (entry for entry in history if entry["method"] == "normalize")
    _, brain = register.template(4)
    points = register.world(brain.shape, register.template(4)[0].affine)[:, brain]
    found = np.array(entry["found"]["matrix"])
    off = (found - true)[:3, :3] @ points + (found - true)[:3, 3:]
    assert np.linalg.norm(off, axis=0).mean() < 0.2
    assert entry["found"]["correlation_with_template"] > 0.8
    mean = nib.load(outputs.maps / "mean.nii.gz")
    assert mean.shape == brain.shape
    # The mean volume is the head itself: the identity was planted between it and MNI152.
    values = np.asarray(mean.dataobj)
    expected = register.resample(head, np.eye(4), brain.shape, mean.affine)
    inside = scipy.ndimage.binary_erosion(brain & (values > 1), iterations=2)
    assert inside.sum() > 0.3 * brain.sum()
    drawn = np.corrcoef(values[inside], expected[inside])[0, 1]
    assert drawn > 0.9


def test_a_failed_registration_is_an_error(
    head: Any, tmp_path: Path, outputs: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "bids"
    recording = raw_run(root, head, [np.eye(4)] * 12)
    noise = np.random.default_rng(0).random((20, 20, 20)).astype(np.float32)
    nib.Nifti1Image(noise, np.eye(4)).to_filename(root / "sub-01/anat/sub-01_T1w.nii.gz")
    monkeypatch.setattr(register, "affine_between", lambda *args, **kwargs: np.eye(4))
    params = FMRIPreprocess(chain=["realign", "coregister", {"normalize": {"resolution": 6}}])
    with pytest.raises(ValueError, match=r"T1w.nii.gz: registration to MNI152 failed"):
        clean.run(outputs, root=root, recording=recording, events={}, params=params)
    assert not outputs.voxels.exists()
