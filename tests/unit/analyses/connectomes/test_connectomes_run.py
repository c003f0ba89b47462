"""From products of preprocessing to the files of the analysis."""

from types import SimpleNamespace

import numpy as np
import pytest

from neuro.analyses.connectomes.inputs import calcium_groups, spikes_groups
from neuro.analyses.connectomes.run import run
from neuro.config import Connectomes
from neuro.config.calcium import CalciumPreprocess, CalciumStep, Derivative
from neuro.datasets.worms_source import WormsSource
from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.tables import read_tsv
from neuro.preprocess.calcium import align, clean

QUICK = Connectomes(rank=2, n_restarts=3, n_folds=2, n_shifts=9, n_course_shifts=99)
NUMBERS = {"n_worms": 4, "n_neurons": 16, "n_motifs": 2, "duration": 200.0, "noise": 0.3}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Simulated worms as they come from preprocessing."""
    from neuro.config import WormsSource as Section
    from neuro.datasets.base import FetchContext

    root = tmp_path_factory.mktemp("worms")
    section = Section(type="worms", missing=0.1, **NUMBERS)
    source = WormsSource(section, "worms")
    source.fetch(root / "bids", FetchContext(seed=1, cache_dir=root))
    params = CalciumPreprocess(
        read={"kind": "dff"}, chain=[CalciumStep(derivative=Derivative(window=2.25))]
    )
    traces = []
    for recording in source.listing():
        path = root / f"{recording.name}_traces.h5"
        clean.run(path, root=root / "bids", recording=recording, params=params.cleaning)
        traces.append(path)
    align.run(traces, root / "aligned.h5", params.alignment)
    return SimpleNamespace(root=root, traces=traces, aligned=root / "aligned.h5")


def outputs(folder):
    return SimpleNamespace(
        connectomes=folder / "connectomes.h5",
        communities=folder / "communities.tsv",
        figures=folder / "figures",
        manifest=folder / "manifest.json",
    )


def test_named_neurons_are_factorised_together_with_their_events(tree):
    (group,) = calcium_groups(tree.traces, tree.aligned)
    assert group.label == "all"
    assert group.derivatives.shape == (4, 16, 800)
    assert group.epochs == {"stimulus": [(60.0, 70.0), (120.0, 130.0), (180.0, 190.0)]}
    lacking = np.isnan(group.derivatives).all(2)
    assert 0 < lacking.sum() < lacking.size / 2


def test_events_at_other_times_are_not_related(tree, tmp_path):
    moved = tmp_path / tree.traces[1].name
    arrays = hdf5.read(tree.traces[1])
    start = arrays["epochs/start"]
    arrays["epochs/start"] = Array(np.asarray(start.values) + 5, start.axes, "s")
    hdf5.write(moved, arrays, {})
    (group,) = calcium_groups([tree.traces[0], moved, *tree.traces[2:]], tree.aligned)
    assert group.epochs == {}
    assert "not at the same times in all recordings" in group.notes[0]


def test_everything_is_written_and_the_truth_is_found(tree, tmp_path):
    out = outputs(tmp_path)
    run(
        tree.traces,
        out,
        dataset="worms",
        settings=QUICK,
        rng=np.random.default_rng(0),
        aligned=tree.aligned,
        truth=tree.root / "bids" / "truth.h5",
    )
    about = manifest.read(out.manifest)
    numbers = {number.name: number for number in about.key_numbers}
    assert numbers["planted motifs found, factor match"].value > 0.85
    assert numbers["motif of the stimulus peaks inside of it"].value == 1
    assert [figure.path for figure in about.figures] == [
        f"figures/all_{name}.svg" for name in ("motifs", "networks", "tests", "kernels")
    ]
    arrays = hdf5.read(out.connectomes)
    assert arrays["all/times"].values.shape == (200, 2)
    assert arrays["all/epochs/stimulus/spans"].values.shape == (3, 2)
    assert set(arrays) >= {"all/sensitivity/geometric", "all/sensitivity/gaussian"}
    table = read_tsv(out.communities, ("neuron", "motif", "community", "confidence"))
    assert len(table) == 2 * 16


def test_the_same_seed_writes_the_same_bytes(tree, tmp_path):
    digests = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        settings = QUICK.model_copy(update={"sensitivity": False})
        rng = np.random.default_rng(3)
        out = outputs(folder)
        run(tree.traces, out, dataset="w", settings=settings, rng=rng, aligned=tree.aligned)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        digests.append([path.read_bytes() for path in files])
    assert digests[0] == digests[1]


def test_recordings_without_names_are_factorised_alone(tree, tmp_path):
    empty = tmp_path / "aligned.h5"
    align.run(tree.traces[:2], empty, None)
    groups = calcium_groups(tree.traces[:2], empty)
    assert [len(group.animals) for group in groups] == [1, 1]
    assert [group.label for group in groups] == ["sub-01", "sub-02"]
    assert np.isfinite(groups[0].derivatives).all()


def changed(tree, tmp_path, change):
    arrays = hdf5.read(tree.traces[0])
    change(arrays)
    path = tmp_path / tree.traces[0].name
    hdf5.write(path, arrays, {})
    empty = tmp_path / "aligned.h5"
    align.run([path], empty, None)
    return [path], empty


def test_frames_with_artifacts_bind_no_neurons(tree, tmp_path):
    def spoil(arrays):
        good = np.ones(800, bool)
        good[100:140] = False
        arrays["good"] = Array(good, ("time",), "1", arrays["good"].attrs)

    (group,) = calcium_groups(*changed(tree, tmp_path, spoil))
    assert (group.derivatives[:, :, 100:140] == 0).all()
    assert group.notes == ["5.0% of the frames have artifacts and count as no change"]


def test_a_recording_without_derivatives_is_refused(tree, tmp_path):
    paths = changed(tree, tmp_path, lambda arrays: arrays.pop("derivative"))
    with pytest.raises(ValueError, match="add the step `derivative`"):
        calcium_groups(*paths)


def test_uneven_frames_are_refused(tree, tmp_path):
    def spoil(arrays):
        time = arrays["time"]
        arrays["time"] = Array(time.values, time.axes, "s", {**time.attrs, "even": False})

    with pytest.raises(ValueError, match="not evenly spaced; add `resample`"):
        calcium_groups(*changed(tree, tmp_path, spoil))


def test_errors_name_the_recording(tree, tmp_path):
    def spoil(arrays):
        values = np.array(arrays["derivative"].values)
        values[0] = 0
        arrays["derivative"] = Array(
            values, arrays["derivative"].axes, "1", arrays["derivative"].attrs
        )

    paths, empty = changed(tree, tmp_path, spoil)
    with pytest.raises(ValueError, match=r"connectomes of sub-01: the trace is constant in neuron"):
        run(
            paths,
            outputs(tmp_path),
            dataset="w",
            settings=QUICK,
            rng=np.random.default_rng(0),
            aligned=empty,
        )
    assert not (tmp_path / "manifest.json").exists()


def spikes(path, rng, n_bins=600):
    """Four units that burst together, four that do not, in two epochs."""
    rate = 0.2 + 3 * (np.sin(np.arange(n_bins) / 9) > 0.8)
    counts = np.concatenate([rng.poisson(rate, (4, n_bins)), rng.poisson(0.6, (4, n_bins))])
    arrays = {
        "counts": Array(counts, ("unit", "time"), "1", {"bin_width": 0.1}),
        "epoch": Array((np.arange(n_bins) >= 400).astype(int), ("time",)),
        "epochs/label": Array(["wake", "sleep"], ("epoch",)),
        "units/kept": Array(np.arange(8) != 7, ("unit",)),
        "units/name": Array([str(i) for i in range(8)], ("unit",)),
        "units/region": Array(["adn"] * 4 + [""] * 4, ("unit",)),
    }
    hdf5.write(path, arrays, {})


def test_spikes_that_come_together_make_a_motif(tmp_path):
    path = tmp_path / "sub-1_spikes.h5"
    spikes(path, np.random.default_rng(0))
    (group,) = spikes_groups([path], smoothing=0.3)
    assert group.names == ["adn 0", "adn 1", "adn 2", "adn 3", "4", "5", "6"]
    assert group.epochs == {"wake": [(0.0, 40.0)], "sleep": [(40.0, 60.0)]}
    settings = QUICK.model_copy(update={"rank": 1, "sensitivity": False})
    (result,) = run(
        [path],
        outputs(tmp_path),
        dataset="s",
        settings=settings,
        rng=np.random.default_rng(0),
    )
    within = result.adjacency[0][:4, :4].sum() / 12
    across = result.adjacency[0][:4, 4:].mean()
    assert within > 5 * across
    assert result.tests.p[0] == 0.1
