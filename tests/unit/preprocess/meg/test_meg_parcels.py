"""Parcels: from images to grid, from voxels to time courses, without zero-lag leakage."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from neuro.preprocess.meg.parcellation import Parcels, read_parcels
from neuro.preprocess.meg.parcels import correlation, mean_absolute, orthogonalize, spatial_basis


def test_filters_are_the_first_component_of_the_voxels() -> None:
    rng = np.random.default_rng(0)
    sensors = rng.standard_normal((12, 12)) @ rng.standard_normal((12, 800))
    sensors -= sensors.mean(axis=1, keepdims=True)
    weights = rng.standard_normal((9, 12))
    belongs = np.zeros((9, 2))
    belongs[:5, 0] = [1, 0.8, 0.6, 0.4, 1]
    belongs[4:, 1] = 1
    parcels = Parcels(["a", "b"], rng.standard_normal((9, 3)), belongs, np.zeros((2, 3)))
    courses = spatial_basis(weights, np.cov(sensors), parcels) @ sensors
    for i in range(2):
        members = belongs[:, i] > 0
        voxels = weights[members] @ sensors
        u, _, vt = np.linalg.svd(belongs[members, i][:, None] * voxels, full_matrices=False)
        first = u[:, 0] * np.sign(u[:, 0].mean())
        size = np.abs(first)
        core = belongs[members, i] > 0.5
        scale = (size * voxels.std(axis=1, ddof=1) * core).sum() / size.sum()
        expected = vt[0] * np.sign(u[:, 0].mean()) / vt[0].std(ddof=1) * scale
        np.testing.assert_allclose(courses[i], expected, rtol=1e-8, atol=1e-10)


def test_orthogonalization_is_the_nearest_by_svd() -> None:
    rng = np.random.default_rng(1)
    data = rng.standard_normal((6, 6)) @ rng.standard_normal((6, 500))
    data -= data.mean(axis=1, keepdims=True)
    mixture, rank = orthogonalize(np.cov(data), "x")
    size = np.diag(data.std(axis=1, ddof=1))
    u, _, vt = np.linalg.svd(data.T @ size, full_matrices=False)
    expected = (u @ vt @ size).T * np.sqrt(499)
    np.testing.assert_allclose(mixture @ data, expected, atol=1e-9)
    assert rank == 6
    assert mean_absolute(correlation(np.cov(data))) > 0.2
    assert mean_absolute(np.corrcoef(mixture @ data)) < 1e-10


def test_too_low_a_rank_is_an_error_with_numbers() -> None:
    rng = np.random.default_rng(2)
    data = rng.standard_normal((8, 5)) @ rng.standard_normal((5, 500))
    with pytest.raises(ValueError, match=r"8 parcels cannot be orthogonalized.*rank 5.*at most 5"):
        orthogonalize(np.cov(data), "x_raw.fif")


def save(path: Path, values: np.ndarray, voxel: float = 8.0) -> Path:
    affine = np.diag([voxel, voxel, voxel, 1.0])
    nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), affine), path)
    return path


def test_maps_become_points_and_centroids(tmp_path: Path) -> None:
    maps = np.zeros((4, 4, 4, 2))
    maps[1, 1, 1, 0], maps[3, 1, 1, 0], maps[2, 2, 2, 1] = 1, 3, 2
    found = read_parcels(save(tmp_path / "m.nii.gz", maps), 8.0, ["left", "right"])
    assert found.names == ["left", "right"]
    np.testing.assert_allclose(found.centroids, [[20, 8, 8], [16, 16, 16]])
    assert len(found.points) == 3


def test_labels_are_parcels(tmp_path: Path) -> None:
    labels = np.zeros((4, 4, 4))
    labels[0, 0, 0], labels[1, 1, 1] = 5, 9
    found = read_parcels(save(tmp_path / "l.nii", labels), 8.0)
    assert found.names == ["parcel-01", "parcel-02"]
    np.testing.assert_allclose(found.centroids, [[0, 0, 0], [8, 8, 8]])


def test_finer_image_is_averaged_onto_the_grid(tmp_path: Path) -> None:
    labels = np.ones((16, 16, 16))
    labels[8:] = 2
    found = read_parcels(save(tmp_path / "f.nii", labels, voxel=2.0), 8.0)
    spacing = np.diff(np.unique(found.points[:, 0]))
    np.testing.assert_allclose(spacing, 8)
    assert found.weights.shape[1] == 2
    assert found.centroids[0, 0] < found.centroids[1, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((3, 3, 3), 0.5), "is no parcellation"),
        (np.zeros((3, 3, 3)), "is no parcellation"),
        (-np.ones((3, 3, 3, 2)), "finite values from 0 up"),
        (np.stack([np.ones((3, 3, 3)), np.zeros((3, 3, 3))], -1), "parcel-02 have no grid point"),
    ],
)
def test_what_is_no_parcellation(tmp_path: Path, values: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_parcels(save(tmp_path / "x.nii.gz", values), 8.0)


def test_names_must_fit(tmp_path: Path) -> None:
    labels = np.arange(27.0).reshape(3, 3, 3)
    with pytest.raises(ValueError, match="2 names for the 26 parcels"):
        read_parcels(save(tmp_path / "x.nii.gz", labels), 8.0, ["a", "b"])


def test_broken_image(tmp_path: Path) -> None:
    path = tmp_path / "x.nii.gz"
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"x\.nii\.gz: not a readable NIfTI image"):
        read_parcels(path, 8.0)
