"""From preprocessed files to a manifest, and what is said when files do not fit."""

from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

from neuro.analyses.graphs.run import run
from neuro.config.diagnosis import Diagnosis
from neuro.config.graphs import Graphs
from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.tables import read_tsv

SHAPE = (7, 8, 2)
N, T = 112, 120
AFFINE = np.diag([4.0, 4, 4, 1])


def write(folder, name, series, affine=AFFINE, parcels=False):
    """Both files of a recording, as preprocessing writes them."""
    empty = np.zeros((len(series), 0), np.float32)
    good = np.ones(len(series), bool)
    good[:2] = False
    ijk = np.argwhere(np.ones(SHAPE))
    voxels = {
        "voxels": Array(empty if parcels else series, ("time", "voxel")),
        "good": Array(good, ("time",)),
        "ijk": Array(ijk, ("voxel", "axis")),
        "affine": Array(affine, ("row", "column"), "mm"),
        "shape": Array(np.array(SHAPE), ("axis",)),
    }
    names = [f"area{k}" for k in range(series.shape[1])] if parcels else []
    regions = {
        "timeseries": Array(series if parcels else empty, ("time", "parcel")),
        "good": Array(good, ("time",)),
        "names": Array(np.array(names, dtype=object).astype(str), ("parcel",)),
        "centroids": Array(10.0 * ijk[: len(names)], ("parcel", "xyz"), "mm"),
    }
    paths = folder / f"{name}_parcels.h5", folder / f"{name}_voxels.h5"
    hdf5.write(paths[0], regions, {})
    hdf5.write(paths[1], voxels, {})
    return paths


def outputs(folder):
    return SimpleNamespace(
        graphs=folder / "graphs.h5",
        nodes=folder / "nodes.tsv",
        scores=folder / "scores.tsv",
        maps=folder / "maps",
        tables=folder / "tables",
        figures=folder / "figures",
        manifest=folder / "manifest.json",
    )


def series_of(rng, shared=0.0, n=N, n_times=T):
    """Noise; the first 20 nodes share a source."""
    series = rng.standard_normal((n_times, n)).astype(np.float32)
    series[:, :20] += shared * rng.standard_normal((n_times, 1)).astype(np.float32)
    return series


def settings(**more):
    return Graphs.model_validate({"measures": ["degree", "cycles3"], "n_permutations": 99} | more)


DIAGNOSIS = {
    "classes": ["young", "old"],
    "site": "scanner",
    "group_by": "site",
    "harmonize": True,
    "classifiers": ["majority", "confounds", "masked_pca_lda"],
    "n_folds": 3,
    "n_inner": 2,
    "n_permutations": 2,
}


def test_voxels_with_two_groups_from_files_to_manifest(tmp_path):
    rng = np.random.default_rng(0)
    old = np.arange(18) % 2 == 1
    files = [
        write(tmp_path, f"sub-{k:02d}_task-rest", series_of(rng, 1.0 if old[k] else 0))
        for k in range(18)
    ]
    lines = [f"sub-{k:02d}\t{['young', 'old'][int(old[k])]}\ts{k // 6}" for k in range(18)]
    table = "\n".join(["participant_id\tgroup\tscanner", *lines])
    (tmp_path / "participants.tsv").write_text(table)
    out = outputs(tmp_path / "graphs")
    parcels, voxels = zip(*files, strict=True)
    mapped = run(
        parcels, voxels, out, dataset="d", settings=settings(), diagnosis=Diagnosis(**DIAGNOSIS),
        rng=np.random.default_rng(1), root=tmp_path,
    )  # fmt: skip
    assert mapped.n_times == [T - 2] * 18
    assert mapped.densities[:, 0] == pytest.approx(0.05, abs=1e-3)
    about = manifest.read(out.manifest)
    for item in [*about.figures, *about.tables]:
        assert (out.manifest.parent / item.path).is_file()
    scores = read_tsv(out.scores).set_index(["method", "metric"])["value"]
    assert scores["masked_pca_lda", "auroc"] > 0.9
    assert scores["majority", "balanced_accuracy"] == 0.5
    arrays = hdf5.read(out.graphs)
    p = arrays["differences/cycles3/p"].values
    assert (p[:20] < 0.05).mean() > 0.5
    assert not (p[20:] < 0.05).all()
    image = nib.load(out.maps / "cycles3_mean.nii.gz")
    np.testing.assert_array_equal(image.affine, AFFINE)
    expected = mapped.maps["cycles3"][:, 0].mean(axis=0).reshape(SHAPE)
    np.testing.assert_allclose(image.get_fdata(), expected, rtol=1e-6)
    again = outputs(tmp_path / "again")
    run(
        parcels, voxels, again, dataset="d", settings=settings(), diagnosis=Diagnosis(**DIAGNOSIS),
        rng=np.random.default_rng(1), root=tmp_path,
    )  # fmt: skip
    assert out.graphs.read_bytes() == again.graphs.read_bytes()


def test_regions_have_their_paths_and_modules(tmp_path):
    rng = np.random.default_rng(0)
    files = [
        write(tmp_path, f"sub-{k}_task-rest", series_of(rng, 1.5, n=40), parcels=True)
        for k in range(3)
    ]
    out = outputs(tmp_path / "graphs")
    dense = settings(thresholds=[{"density": {"share": 0.2}}])
    mapped = run(*zip(*files, strict=True), out, dataset="d", settings=dense, rng=rng)
    assert {"closeness", "betweenness", "participation"} <= set(mapped.maps)
    assert "degree_20_40mm" in mapped.maps
    numbers = {number.name: number.value for number in manifest.read(out.manifest).key_numbers}
    assert numbers["transitivity"] > 0.5
    assert numbers["modularity"] > 0
    nodes = read_tsv(out.nodes)
    assert set(nodes.nlargest(15, "cycles3")["node"]) <= {f"area{k}" for k in range(20)}


def attempt(tmp_path, files, diagnosis=None, **more):
    run(
        *zip(*files, strict=True), outputs(tmp_path / "out"), dataset="d",
        settings=settings(**more), rng=np.random.default_rng(0), root=tmp_path,
        diagnosis=None if diagnosis is None else Diagnosis(**diagnosis),
    )  # fmt: skip


def test_recordings_that_do_not_fit_are_named(tmp_path):
    rng = np.random.default_rng(0)
    first = write(tmp_path, "sub-1_task-rest", series_of(rng))
    moved = AFFINE.copy()
    moved[0, 3] = 2
    other = write(tmp_path, "sub-2_task-rest", series_of(rng), affine=moved)
    with pytest.raises(ValueError, match=r"sub-2.*another affine or grid than .*sub-1.*normalize"):
        attempt(tmp_path, [first, other])
    short = write(tmp_path, "sub-3_task-rest", series_of(rng, n_times=80))
    with pytest.raises(ValueError, match=r"78 to 118 volumes.*threshold by density"):
        attempt(tmp_path, [first, short], thresholds=[{"absolute": {"r": 0.3}}])
    with pytest.raises(ValueError, match=r"sub-3.*78 good volumes, `graphs.n_volumes` wants 100"):
        attempt(tmp_path, [first, short], n_volumes=100)
    flat = series_of(rng)
    flat[:, 5] = 1
    constant = write(tmp_path, "sub-4_task-rest", flat)
    with pytest.raises(ValueError, match=r"sub-4.*1 of 112 nodes have zero variance \(nodes 0-2-1"):
        attempt(tmp_path, [first, constant])
    regions = write(tmp_path, "sub-5_task-rest", series_of(rng, n=10), parcels=True)
    with pytest.raises(ValueError, match=r"no voxels, only time courses of regions"):
        attempt(tmp_path, [regions], nodes="voxels")
    with pytest.raises(ValueError, match=r"no parcels; set `preprocess.parcels`"):
        attempt(tmp_path, [first], nodes="parcels")


def test_groups_that_do_not_fit_are_named(tmp_path):
    rng = np.random.default_rng(0)
    files = [write(tmp_path, f"sub-{k}_task-rest", series_of(rng)) for k in range(4)]
    people = tmp_path / "participants.tsv"
    rows = ["sub-0\tyoung\ta", "sub-1\told\ta", "sub-2\told\tb", "sub-3\told\tb"]
    people.write_text("\n".join(["participant_id\tgroup\tscanner", *rows]))
    with pytest.raises(ValueError, match=r"sites with one class: b \(all 2 'old'\)"):
        attempt(tmp_path, files, diagnosis=DIAGNOSIS)
    with pytest.raises(ValueError, match=r"has group = 'teen'; it has \['old', 'young'\]"):
        attempt(tmp_path, files, diagnosis=DIAGNOSIS | {"classes": ["teen", "old"]})
    people.write_text("\n".join(["participant_id\tgroup\tscanner", *rows[:3]]))
    with pytest.raises(ValueError, match=r"participants.tsv: lacks subjects \['3'\]"):
        attempt(tmp_path, files, diagnosis=DIAGNOSIS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"thresholds": [{"density": {"share": 2}}]}, "less than 1"),
        ({"thresholds": [{"absolute": {"r": 0.1}, "density": {"share": 0.1}}]}, "exactly one"),
        ({"distances": [20, 10]}, "must ascend"),
    ],
)
def test_settings_that_cannot_be_meant(wrong, message):
    with pytest.raises(ValueError, match=message):
        settings(**wrong)
