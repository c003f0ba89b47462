"""fMRI, calcium imaging and spikes from raw file to report, side by side in one small run."""

import json

import nibabel
import numpy as np
import pytest

from neuro.io import hdf5, manifest
from neuro.io.atomic import read_json

DESCRIPTION = '{"Name": "small", "BIDSVersion": "1.10.0"}'


def tree(folder):
    folder.mkdir(parents=True)
    (folder / "dataset_description.json").write_text(DESCRIPTION)
    (folder / "participants.tsv").write_text("participant_id\nsub-01\n")
    return folder


def make_spikes(root, rng):
    folder = tree(root) / "sub-01/ecephys"
    folder.mkdir(parents=True)
    times = [np.sort(rng.uniform(0, 100, 400)) for _ in range(4)]
    np.savez(
        folder / "sub-01_ecephys.npz",
        times=np.concatenate(times),
        units=np.repeat(np.arange(4), 400),
        start=0.0,
        end=100.0,
    )


def make_calcium(root, rng):
    folder = tree(root) / "sub-01/ophys"
    folder.mkdir(parents=True)
    kernel = np.exp(-np.arange(60) / 20)
    spikes = rng.random((5, 2000)) < 0.01
    traces = np.array([np.convolve(row, kernel)[:2000] for row in spikes.astype(float)])
    values = 100 + 100 * traces + 3 * rng.standard_normal(traces.shape)
    names = ",".join(f"cell{i}" for i in range(5))
    np.savetxt(folder / "sub-01_ophys.csv", values.T, delimiter=",", header=names, comments="")
    (folder / "sub-01_ophys.json").write_text(json.dumps({"SamplingFrequency": 20.0}))


def make_fmri(root, rng):
    folder = tree(root) / "sub-01/func"
    folder.mkdir(parents=True)
    shape = (8, 8, 6)
    mask = np.zeros(shape, np.uint8)
    mask[1:-1, 1:-1, 1:-1] = 1
    data = 500 + 10 * rng.standard_normal((*shape, 80))
    affine = np.diag([3.0, 3.0, 4.0, 1.0])
    bold = nibabel.Nifti1Image(data.astype(np.float32), affine)
    bold.header.set_zooms((3, 3, 4, 2.0))
    bold.header.set_xyzt_units("mm", "sec")
    stem = folder / "sub-01_task-rest"
    bold.to_filename(f"{stem}_desc-preproc_bold.nii.gz")
    nibabel.Nifti1Image(mask, affine).to_filename(f"{stem}_desc-brain_mask.nii.gz")
    (folder / "sub-01_task-rest_desc-preproc_bold.json").write_text('{"RepetitionTime": 2.0}')


@pytest.fixture(scope="module")
def small(tmp_path_factory, make_workflow):
    directory = tmp_path_factory.mktemp("modalities")
    rng = np.random.default_rng(0)
    makers = {"spikes": make_spikes, "calcium": make_calcium, "fmri": make_fmri}
    datasets = {}
    for modality, make in makers.items():
        make(directory / "raw" / modality, rng)
        source = {"type": "bids", "path": f"raw/{modality}"}
        datasets[f"small-{modality}"] = {"modality": modality, "source": source}
    workflow = make_workflow(directory, {"seed": 1, "datasets": datasets})
    done = workflow.run()
    assert done.returncode == 0, done.stderr
    return workflow


def test_each_modality_reaches_its_product_and_the_report(small):
    results = small.directory / "results"
    spikes = hdf5.read(results / "small-spikes/preprocessed/sub-01/ecephys/sub-01_spikes.h5")
    assert spikes["counts"].values.sum() == 1600
    traces = hdf5.read(results / "small-calcium/preprocessed/sub-01/ophys/sub-01_traces.h5")
    assert traces["dff"].values.shape == (5, 2000)
    voxels = hdf5.read(results / "small-fmri/preprocessed/sub-01/func/sub-01_task-rest_voxels.h5")
    assert voxels["voxels"].values.shape == (80, 6 * 6 * 4)
    assert read_json(results / "report/complete.json")
    page = (results / "report/index.html").read_text()
    for name in ("small-spikes", "small-calcium", "small-fmri"):
        assert name in page


def test_every_recording_has_a_manifest_with_figures_and_a_quality_page(small):
    for prefix in (
        "small-spikes/preprocessed/sub-01/ecephys/sub-01",
        "small-calcium/preprocessed/sub-01/ophys/sub-01",
        "small-fmri/preprocessed/sub-01/func/sub-01_task-rest",
    ):
        path = small.directory / "results" / f"{prefix}_manifest.json"
        told = manifest.read(path)
        assert told.figures
        assert told.methods
        assert told.key_numbers
        assert path.with_name(path.name.replace("_manifest.json", "_report.html")).is_file()


def test_a_finished_run_has_nothing_to_do(small):
    assert small.jobs() == {}
