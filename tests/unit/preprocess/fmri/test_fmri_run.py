"""The whole way from a tree to voxels, parcels, figures, manifests and the summary."""

import copy
import json
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neuro.config import validate
from neuro.config.fmri import FMRIPreprocess
from neuro.io import hdf5, manifest
from neuro.io.bids import Recording
from neuro.preprocess.fmri import clean, parcellate, summary
from neuro.preprocess.fmri.look import look


def read(path: Path) -> dict[str, Any]:
    """Arrays of a file by name."""
    return {name: np.asarray(array.values) for name, array in hdf5.read(path).items()}


EVENTS = {"faces": ["face"], "houses": ["house"]}


def events(tree: Any) -> None:
    onset, kinds = [10.0, 40.0, 70.0, 74.0], ["face", "house", "face", "house"]
    columns = {"onset": onset, "duration": [10.0] * 4, "trial_type": kinds}
    tree.table("events", columns)


def run(tree: Any, outputs: SimpleNamespace, **params: Any) -> Any:
    section = FMRIPreprocess(**params)
    where = {"root": tree.root, "recording": tree.recording}
    clean.run(outputs, **where, events=EVENTS if "events" in tree.__dict__ else {}, params=section)
    parcellate.run(
        outputs.voxels, outputs.maps, outputs, dataset="planted", params=section, **where
    )
    return manifest.read(outputs.manifest)


def test_products_of_a_run(fmri_tree: Any, outputs: SimpleNamespace) -> None:
    events(fmri_tree)
    table = fmri_tree.confounds()
    table["framewise_displacement"] = 0.1
    table.loc[30, "framewise_displacement"] = 2.0
    fmri_tree.table("desc-confounds_timeseries", {name: table[name] for name in table})
    fmri_tree.events = True
    about = run(
        fmri_tree,
        outputs,
        confounds={"strategy": ["motion", "wm_csf"], "motion": "full"},
        scrub={"fd": 0.5, "min_segment": 3},
        clean={"high_pass": 0.01, "low_pass": 0.1},
    )
    arrays = read(outputs.voxels)
    values = arrays["voxels"]
    assert values.shape == (60, fmri_tree.inside.sum())
    assert hdf5.read(outputs.voxels)["voxels"].attrs["tr"] == 2.0
    np.testing.assert_array_equal(arrays["ijk"], np.argwhere(fmri_tree.inside))
    good = arrays["good"]
    assert np.flatnonzero(~good).tolist() == [30]
    assert np.isnan(values[30]).all()
    np.testing.assert_allclose(values[good].std(axis=0, ddof=1), 1, rtol=1e-4)
    condition = arrays["condition"]
    assert condition[5:10].tolist() == ["faces"] * 5
    assert condition[20] == "houses"
    assert condition[38] == "", "within events of two conditions"
    assert condition[4] == ""
    assert arrays["regressors"].shape == (60, 26)
    story = hdf5.read_params(outputs.voxels)
    methods = [entry["method"] for entry in story["history"]]
    assert methods == ["read", "discard", "scrub", "confounds", "events", "clean", "mask", "maps"]
    names = {path.name for path in outputs.maps.iterdir()}
    assert names == {f"{n}.nii.gz" for n in ("mean", "mask", "tsnr", "alff", "falff", "reho")}
    titles = [figure.title for figure in about.figures]
    assert titles == ["Mask and temporal signal-to-noise ratio", "Carpet plot", "Local activity"]
    numbers = {number.name: number.value for number in about.key_numbers}
    assert numbers["volumes kept"] == pytest.approx(100 * 59 / 60)
    assert numbers["temporal signal-to-noise ratio, median"] == pytest.approx(110, rel=0.3)
    assert "26 confounds were regressed out (24 of head motion, wm_csf)" in about.methods[1]
    assert any("carry no label" in text for text in about.warnings)


def test_the_same_input_gives_the_same_bytes(
    fmri_tree: Any, outputs: SimpleNamespace, tmp_path: Path
) -> None:
    contents = []
    for _ in range(2):
        run(fmri_tree, outputs, smoothing=6.0)
        paths = sorted(p for p in outputs.voxels.parent.rglob("*") if p.is_file())
        contents.append({path.name: path.read_bytes() for path in paths})
    assert contents[0] == contents[1]


def test_nothing_is_written_for_a_bad_run(fmri_tree: Any, outputs: SimpleNamespace) -> None:
    fmri_tree.data[4, 4, 3, 2] = np.nan
    fmri_tree.write(fmri_tree.data)
    with pytest.raises(ValueError, match=r"bold.nii.gz: .*1 voxel\(s\) with NaN"):
        run(fmri_tree, outputs)
    assert not list(outputs.voxels.parent.iterdir())


def test_scrubbing_everything_is_an_error(fmri_tree: Any, outputs: SimpleNamespace) -> None:
    fmri_tree.confounds(framewise_displacement=np.arange(60.0))
    with pytest.raises(ValueError, match=r"scrubbing leaves out 100% .*max_share \(0.5\)"):
        run(fmri_tree, outputs, scrub={})
    fmri_tree.confounds(framewise_displacement=np.r_[np.zeros(27), np.ones(33)])
    with pytest.raises(ValueError, match="27 volumes are left for 24 confounds"):
        run(fmri_tree, outputs, scrub={"max_share": 1}, confounds={"strategy": ["motion"]})


def test_a_single_slice(fmri_tree: Any, outputs: SimpleNamespace) -> None:
    fmri_tree.write(fmri_tree.data[:, :, 3:4])
    fmri_tree.mask(fmri_tree.inside[:, :, 3:4])
    about = run(fmri_tree, outputs, smoothing=6.0)
    assert len(about.figures) == 3
    assert read(outputs.voxels)["voxels"].shape == (60, 52)


def series_tree(root: Path, subject: str, seed: int) -> Any:
    recording = Recording.from_path(f"sub-{subject}/func/sub-{subject}_task-rest_timeseries.tsv")
    for folder in ("func", "dwi"):
        (root / f"sub-{subject}" / folder).mkdir(parents=True)
    rng = np.random.default_rng(seed)
    structure = rng.integers(1, 1000, (6, 6)).astype(float)
    structure = np.triu(structure, 1) + np.triu(structure, 1).T
    covariance = np.log1p(structure) / 8 + 5 * np.eye(6)
    values = rng.multivariate_normal(np.zeros(6), covariance, 400) + 1000
    names = list("abcdef")
    pd.DataFrame(values, columns=names).to_csv(root / recording.path, sep="\t", index=False)
    side = root / f"sub-{subject}/func/sub-{subject}_task-rest_timeseries.json"
    side.write_text(json.dumps({"RepetitionTime": 1.5}))
    pd.DataFrame(structure, columns=names).to_csv(
        root / f"sub-{subject}/dwi/sub-{subject}_desc-counts_connectome.tsv", sep="\t", index=False
    )
    return SimpleNamespace(root=root, recording=recording)


def test_time_courses_with_structure_and_the_summary(tmp_path: Path) -> None:
    root, out = tmp_path / "bids", tmp_path / "out"
    coordinates = tmp_path / "where.tsv"
    rows = [f"{name}\t{i * 10}\t0\t{-i}" for i, name in enumerate("fedcba")]
    coordinates.write_text("\n".join(["name\tx\ty\tz", *rows]))
    paths = []
    for seed in range(3):
        tree = series_tree(root, f"{seed}", seed)
        files = SimpleNamespace(
            **{key: out / f"sub-{seed}_{key}" for key in ("maps", "figures")},
            **{key: out / f"sub-{seed}_{key}.h5" for key in ("voxels", "parcels")},
            manifest=out / f"sub-{seed}_manifest.json",
        )
        about = run(
            tree,
            files,
            coordinates=str(coordinates),
            connectivity={"kinds": ["correlation", "partial", "tangent"]},
        )
        paths.append(files)
    arrays = read(paths[0].parcels)
    assert arrays["timeseries"].shape == (400, 6)
    assert read(paths[0].voxels)["voxels"].shape == (400, 0)
    np.testing.assert_array_equal(arrays["centroids"][0], [50, 0, -5])
    assert {"connectivity/correlation", "connectivity/partial", "sc/counts"} <= set(arrays)
    assert [figure.title for figure in about.figures] == ["Carpet plot", "Functional connectivity"]
    files = SimpleNamespace(
        quality=out / "quality.tsv",
        connectivity=out / "connectivity.h5",
        description=out / "dataset_description.json",
        figures=out / "figures",
        manifest=out / "manifest.json",
    )
    table = summary.run(
        [p.manifest for p in paths], [p.parcels for p in paths], files, dataset="planted"
    )
    assert table["sc_fc"].notna().all()
    group = read(files.connectivity)
    assert group["tangent"].shape == (3, 6, 6)
    expected = np.mean([read(p.parcels)["connectivity/correlation"] for p in paths], 0)
    np.testing.assert_allclose(group["mean/correlation"], expected)
    about = manifest.read(files.manifest)
    assert [figure.title for figure in about.figures][-1] == "Mean functional connectivity"
    assert "training" in about.methods[-1]
    (number,) = (n for n in about.key_numbers if n.name == "structure-function correlation")
    assert number.interval[0] < number.value < number.interval[1]


def test_coordinates_that_lack_a_parcel(tmp_path: Path, outputs: SimpleNamespace) -> None:
    tree = series_tree(tmp_path / "bids", "1", 0)
    path = tmp_path / "where.tsv"
    path.write_text("name\tx\ty\tz\na\t0\t0\t0\n")
    with pytest.raises(ValueError, match=r"preprocess.coordinates lacks parcel\(s\) b, c"):
        run(tree, outputs, coordinates=str(path))


def section_of(raw_config: dict[str, Any], **more: Any) -> Any:
    config = copy.deepcopy(raw_config)
    source = {"type": "catalogue", "name": "haxby"}
    config["datasets"] = {"planted": {"modality": "fmri", "source": source, **more}}
    return validate(config).datasets["planted"]


def test_a_look_tells_facts_and_the_jobs_own_errors(
    fmri_tree: Any, raw_config: dict[str, Any]
) -> None:
    seen = look(fmri_tree.root, fmri_tree.recording, section_of(raw_config))
    assert not seen.problems
    assert seen.facts["volumes"] == 60
    assert seen.n_bytes > 0
    assert seen.memory["clean_fmri"] > 0
    assert seen.results > 0
    wrong = section_of(raw_config, preprocess={"parcels": {"fetcher": "schaefer_2018"}})
    (problem,) = look(fmri_tree.root, fmri_tree.recording, wrong).problems
    assert "of no named space" in problem
    wrong = section_of(raw_config, events={"a": ["a"]})
    (problem,) = look(fmri_tree.root, fmri_tree.recording, wrong).problems
    assert "no _events.tsv" in problem


def test_a_run_is_held_once_in_memory(fmri_tree: Any, outputs: SimpleNamespace) -> None:
    """Everything but the masked run together takes less than the masked run."""
    section = FMRIPreprocess(smoothing=5.0, clean={"high_pass": 0.01, "low_pass": 0.1})
    where = {"root": fmri_tree.root, "recording": fmri_tree.recording}
    clean.run(outputs, **where, events={}, params=section)  # what is imported late is not meant
    shape, n_times = (32, 32, 24), 100
    rng = np.random.default_rng(0)
    inside = np.zeros(shape, bool)
    inside[10:-10, 10:-10, 7:-7] = True
    data = rng.standard_normal((*shape, n_times), dtype=np.float32)
    data += 100 * inside[..., None]
    fmri_tree.write(data)
    fmri_tree.mask(inside)
    masked = inside.sum() * n_times * 4
    del data
    fmri_tree.data = None
    tracemalloc.start()
    clean.run(outputs, **where, events={}, params=section)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    blocks = 16 * 256 * n_times * 8  # of voxels cleaned at a time, several copies
    assert peak < 2 * masked + blocks
    assert peak < 0.7 * inside.size * n_times * 4, "less than the whole run"


@pytest.mark.slow
def test_a_long_run_needs_less_than_twice_its_masked_size() -> None:
    from benchmarks._preprocess_fmri import memory_ratio

    assert memory_ratio() < 2
