"""Of simulated recordings the manifest tells how much of the truth was found."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from neuro.analyses.states.metrics import match_any
from neuro.analyses.states.run import run
from neuro.config import SpikesPreprocess, States, SwitchingSource
from neuro.datasets.base import FetchContext
from neuro.datasets.registry import open_source
from neuro.preprocess.spikes import binning

SOURCE = SwitchingSource(
    type="switching",
    n_states=3,
    n_neurons=8,
    n_sequences=8,
    n_bins=800,
    strength=6.0,
    first_seed=1,
)
SETTINGS = States(
    n_states=3,
    link="sigmoid",
    shared_bias=True,
    priors=("hierarchy", "onehot"),
    n_folds=2,
    n_shifts=19,
)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Tree, binned spikes, and where the analysis goes."""
    folder = tmp_path_factory.mktemp("switching")
    source = open_source(SOURCE, "nets", "spikes")
    source.fetch(folder / "tree", FetchContext(seed=None, cache_dir=folder))
    spikes = folder / "sub-01_spikes.h5"
    (recording,) = source.listing()
    params = SpikesPreprocess.model_validate({"blocks": {"n": 4}})
    binning.run(spikes, root=folder / "tree", recording=recording, params=params.binning)
    names = {"states": "states.h5", "models": "models.tsv", "scores": "scores.tsv"}
    outputs = SimpleNamespace(**{key: folder / "out" / name for key, name in names.items()})
    outputs.figures, outputs.manifest = folder / "out/figures", folder / "out/manifest.json"
    return folder, spikes, outputs


def test_states_edges_and_weights_are_found_and_told(simulated):
    folder, spikes, outputs = simulated
    truth, rng = folder / "tree" / "truth.h5", np.random.default_rng(0)
    run([spikes], outputs, dataset="nets", settings=SETTINGS, rng=rng, truth=truth)
    told = {n["name"]: n for n in json.loads(outputs.manifest.read_text())["key_numbers"]}
    states = told["bins whose simulated state is found"]
    assert states["value"] > 93 > 70 > states["chance"]
    assert told["simulated edges that are found, balanced over kinds"]["value"] > 85
    weights = told["error of the simulated weights, Frobenius norm per state"]
    assert weights["value"] < 0.3 * weights["chance"]


def test_a_truth_of_other_recordings_is_refused(simulated):
    folder, spikes, outputs = simulated
    other = spikes.with_name("sub-09_spikes.h5")
    other.write_bytes(spikes.read_bytes())
    settings = SETTINGS.model_copy(update={"n_states": 1, "priors": ("hierarchy",)})
    truth, rng = folder / "tree" / "truth.h5", np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"tells nothing of sub-09; it has \['sub-01'\]"):
        run([other], outputs, dataset="nets", settings=settings, rng=rng, truth=truth)


def test_fewer_states_than_there_are_match_their_best():
    truth = np.array([0, 0, 0, 1, 1, 2])
    found = np.array([1, 1, 1, 0, 0, 0])
    matched, order, accuracy = match_any(truth, found, 3, 2)
    assert list(matched) == [0, 1]
    assert list(order) == [1, 0]
    assert accuracy == pytest.approx(5 / 6)
