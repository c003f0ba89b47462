"""Parcels are nilearn's, connectivity is that of its definitions, structure finds its place."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nilearn import datasets
from nilearn.maskers import NiftiLabelsMasker, NiftiMapsMasker

from neuro.config.fmri import FMRIPreprocess, Parcels
from neuro.io import hdf5
from neuro.preprocess.fmri import clean
from neuro.preprocess.fmri.atlas import open_atlas
from neuro.preprocess.fmri.connectivity import connectivity, structure_function, upper
from neuro.preprocess.fmri.parcels import Series, from_voxels
from neuro.preprocess.fmri.structural import read_connectome, read_structure

RNG = np.random.default_rng(2)


def labels_of(tree: Any) -> Any:
    """Three parcels along x, the last of them outside of the mask."""
    labels = np.zeros(tree.inside.shape, np.int16)
    labels[:4], labels[4:8] = 3, 5
    labels[~tree.inside] = 0
    labels[8, 0, 0] = 9
    return labels


@pytest.fixture
def atlas(fmri_tree: Any, tmp_path: Path) -> Any:
    """Writes an atlas; returns the section that names it."""

    def write(values: Any, **more: Any) -> dict[str, Any]:
        path = tmp_path / "atlas.nii.gz"
        nib.Nifti1Image(values, nib.load(fmri_tree.bold).affine).to_filename(path)
        return {"path": str(path), "space": "same", **more}

    return write


def parcels(tree: Any, outputs: SimpleNamespace, section: dict[str, Any], **more: Any) -> Series:
    params = FMRIPreprocess(parcels=section, maps={"kinds": []}, **more)
    clean.run(outputs, root=tree.root, recording=tree.recording, events={}, params=params)
    return from_voxels(hdf5.read(outputs.voxels), params, "", "here")


@pytest.mark.parametrize("standardize", ["zscore", "psc", None])
def test_labels_are_nilearns(
    fmri_tree: Any, outputs: SimpleNamespace, atlas: Any, standardize: Any
) -> None:
    band = {"high_pass": 0.01, "low_pass": 0.1, "standardize": standardize}
    series = parcels(fmri_tree, outputs, atlas(labels_of(fmri_tree)), clean=band)
    assert series.names == ["parcel-3", "parcel-5", "parcel-9"]
    assert series.present.tolist() == [True, True, False]
    assert "1 of 3 parcels" in series.notes[0]
    mask = fmri_tree.func / "sub-01_task-rest_desc-brain_mask.nii.gz"
    masker = NiftiLabelsMasker(
        open_atlas_path(atlas, fmri_tree),
        mask_img=nib.load(mask),
        standardize={"zscore": "zscore_sample"}.get(standardize, standardize),
        detrend=True,
        high_pass=0.01,
        low_pass=0.1,
        t_r=2.0,
    )
    expected = masker.fit_transform(nib.load(fmri_tree.bold))[:, :2]
    relative = 5e-3 if standardize == "psc" else 1e-4
    found = np.asarray(series.values)[:, :2]
    np.testing.assert_allclose(found, expected, rtol=relative, atol=1e-3)


def open_atlas_path(atlas: Any, tree: Any) -> str:
    return str(atlas(labels_of(tree))["path"])


def test_weight_maps_are_nilearns(fmri_tree: Any, outputs: SimpleNamespace, atlas: Any) -> None:
    x = np.arange(9)[:, None, None] * np.ones(fmri_tree.inside.shape)
    maps = np.stack([np.exp(-((x - 2) ** 2) / 4), np.exp(-((x - 6) ** 2) / 4)], axis=-1)
    section = atlas(maps.astype(np.float32), min_share=0.3)
    series = parcels(fmri_tree, outputs, section)
    mask = fmri_tree.func / "sub-01_task-rest_desc-brain_mask.nii.gz"
    masker = NiftiMapsMasker(
        section["path"], mask_img=nib.load(mask), standardize="zscore_sample", detrend=True, t_r=2.0
    )
    expected = masker.fit_transform(nib.load(fmri_tree.bold))
    np.testing.assert_allclose(series.values, expected, atol=1e-3)


def test_centers_and_names(fmri_tree: Any, atlas: Any, tmp_path: Path) -> None:
    names = tmp_path / "names.tsv"
    names.write_text("index\tname\n3\tleft\n5\tright\n9\tfar\n")
    found = open_atlas(Parcels(**atlas(labels_of(fmri_tree), names=str(names))))
    assert found.names == ["left", "right", "far"]
    place = np.argwhere(labels_of(fmri_tree) == 3).mean(axis=0)
    affine = nib.load(fmri_tree.bold).affine
    np.testing.assert_allclose(found.centroids()[0], affine[:3, :3] @ place + affine[:3, 3])
    np.testing.assert_allclose(found.centroids()[2], affine[:3, :3] @ [8, 0, 0] + affine[:3, 3])
    names.write_text("index\tname\n3\tleft\n")
    with pytest.raises(ValueError, match=r"no name for label\(s\) 5, 9"):
        open_atlas(Parcels(**atlas(labels_of(fmri_tree), names=str(names))))


def test_bad_atlases(fmri_tree: Any, outputs: SimpleNamespace, atlas: Any) -> None:
    labels = labels_of(fmri_tree)
    with pytest.raises(ValueError, match="whole numbers as labels"):
        open_atlas(Parcels(**atlas(labels + np.float32(0.5))))
    with pytest.raises(ValueError, match="has no parcel"):
        open_atlas(Parcels(**atlas(labels * 0)))
    with pytest.raises(ValueError, match=r"no atlas 'schaefer'. Did you mean"):
        open_atlas(Parcels(fetcher="schaefer"))
    with pytest.raises(ValueError, match="of no named space: parcels would lie over the wrong"):
        parcels(fmri_tree, outputs, atlas(labels, space="MNI"))
    with pytest.raises(ValueError, match=r"no parcel of .* has 0.5 of its volume"):
        parcels(fmri_tree, outputs, atlas(np.where(labels == 9, labels, 0)))


def test_an_atlas_of_nilearn(fmri_tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    image = nib.Nifti1Image(labels_of(fmri_tree), np.eye(4))
    lut = pd.DataFrame({"index": [0, 3, 5, 9], "name": ["Background", "a", "b", "c"]})

    def fetch(n_rois: int) -> SimpleNamespace:
        assert n_rois == 100
        return SimpleNamespace(maps=image, labels=["x"], lut=lut)

    monkeypatch.setattr(datasets, "fetch_atlas_schaefer_2018", fetch)
    found = open_atlas(Parcels(fetcher="schaefer_2018", params={"n_rois": 100}))
    assert (found.labels, found.names) == ([3, 5, 9], ["a", "b", "c"])
    with pytest.raises(ValueError, match="fetch_atlas_schaefer_2018 failed"):
        open_atlas(Parcels(fetcher="schaefer_2018", params={"rois": 100}))


def test_connectivity_is_that_of_its_definition() -> None:
    mixing = RNG.standard_normal((5, 5))
    series = RNG.standard_normal((200, 5)) @ mixing
    (correlation,), _ = connectivity([series], "correlation", "empirical")
    np.testing.assert_allclose(correlation, np.corrcoef(series.T), atol=1e-6)
    (partial,), _ = connectivity([series], "partial", "empirical")
    precision = np.linalg.inv(np.corrcoef(series.T))
    scale = np.sqrt(np.diag(precision))
    expected = -precision / np.outer(scale, scale)
    np.testing.assert_allclose(upper(partial), upper(expected), atol=1e-6)
    (covariance,), _ = connectivity([series], "covariance", "empirical")
    np.testing.assert_allclose(covariance, np.cov(series.T, bias=True), atol=1e-9)
    (shrunk,), _ = connectivity([series[:8]], "correlation", "ledoit_wolf")
    raw = np.corrcoef(series[:8].T)
    assert np.abs(upper(shrunk)).mean() < np.abs(upper(raw)).mean()


def test_tangent_is_centered() -> None:
    recordings = [RNG.standard_normal((100, 4)) @ RNG.standard_normal((4, 4)) for _ in range(5)]
    matrices, mean = connectivity(recordings, "tangent", "ledoit_wolf")
    assert matrices.shape == (5, 4, 4)
    np.testing.assert_allclose(matrices.mean(axis=0), 0, atol=1e-4)
    assert np.linalg.eigvalsh(mean).min() > 0
    with pytest.raises(ValueError, match="at least 2 recordings, got 1"):
        connectivity(recordings[:1], "tangent", "ledoit_wolf")
    with pytest.raises(ValueError, match="more volumes than parcels; got 3 volumes"):
        connectivity([recordings[0][:3]], "partial", "empirical")


def write_connectome(path: Path, matrix: Any, names: list[str], *, rows: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(matrix, columns=names)
    if rows:
        table.insert(0, "name", names)
    table.to_csv(path, sep="\t", index=False)


def test_structure_is_ordered_by_name(fmri_tree: Any) -> None:
    dwi = fmri_tree.root / "sub-01/dwi"
    matrix = np.array([[0, 1.0, 2], [1, 0, 3], [2, 3, 0]])
    write_connectome(dwi / "sub-01_desc-counts_connectome.tsv", matrix, ["a", "b", "c"])
    write_connectome(dwi / "sub-01_desc-lengths_connectome.tsv", matrix, ["a", "b", "c"], rows=True)
    write_connectome(dwi / "sub-01_desc-other_connectome.tsv", matrix, ["x", "y", "z"])
    pd.DataFrame({"name": ["b", "a", "c"], "FA": [0.2, 0.1, 0.3]}).to_csv(
        dwi / "sub-01_regions.tsv", sep="\t", index=False
    )
    found = read_structure(fmri_tree.root, fmri_tree.recording, ["c", "a"])
    np.testing.assert_array_equal(found.connectomes["counts"], [[0, 2], [2, 0]])
    np.testing.assert_array_equal(found.connectomes["lengths"], [[0, 2], [2, 0]])
    np.testing.assert_array_equal(found.regions["FA"], [0.3, 0.1])
    assert "desc-other" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\n1\t2\n", "found 1 rows and 2 columns"),
        ("a\tb\n0\t-1\n-1\t0\n", "negative"),
        ("a\tb\n0\tx\n1\t0\n", "must hold numbers"),
        ("name\ta\tb\nb\t0\t1\na\t1\t0\n", "the same names in the same order"),
    ],
)
def test_what_is_no_connectome(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x_connectome.tsv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_connectome(path)


def test_structure_against_function() -> None:
    counts = np.array([[0, 10, 100.0], [10, 0, 1000], [100, 1000, 0]])
    function = np.log1p(counts)
    assert structure_function(counts, function) == (pytest.approx(1), 3)
    function[0, 1] = function[1, 0] = np.nan
    assert structure_function(counts, function)[1] == 2
