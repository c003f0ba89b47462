"""Simulated switching networks come as a tree that the spike reader takes, with their truth."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neuro.config import SpikesPreprocess, SwitchingSource
from neuro.datasets.base import FetchContext
from neuro.datasets.registry import open_source
from neuro.datasets.switching import PAPER, Recipe, simulate
from neuro.io import hdf5
from neuro.preprocess.spikes import binning
from neuro.preprocess.spikes.product import Product

SMALL = {"n_states": 2, "n_neurons": 4, "n_sequences": 3, "n_bins": 200}


def opened(**keys):
    config = SwitchingSource(type="switching", **{**SMALL, **keys})
    return open_source(config, "nets", "spikes")


def test_binned_spikes_are_the_simulated_counts_of_the_published_seed(tmp_path):
    source = opened(first_seed=5, n_recordings=2)
    source.fetch(tmp_path / "tree", FetchContext(seed=None, cache_dir=tmp_path))
    params = SpikesPreprocess.model_validate({"epochs": {"table": "events"}, "blocks": {"n": 3}})
    recording = source.listing()[1]
    output = tmp_path / "sub-02_spikes.h5"
    binning.run(output, root=tmp_path / "tree", recording=recording, params=params.binning)
    expected = simulate(Recipe(**SMALL), 6)
    product = Product.load(output)
    assert_array_equal(product.values("counts").T, expected.counts.reshape(-1, 4))
    assert_array_equal(np.unique(product.values("epoch")), [0, 1, 2])
    truth = hdf5.read(tmp_path / "tree" / "truth.h5")
    assert_array_equal(truth["sub-02/states"].values, expected.states)
    assert_array_equal(truth["sub-02/weights"].values, expected.weights)


def test_more_recordings_leave_the_first_as_it_was_and_datasets_differ(tmp_path):
    for folder, source in {"one": opened(), "two": opened(n_recordings=2)}.items():
        source.fetch(tmp_path / folder, FetchContext(seed=1, cache_dir=tmp_path))
    path = "sub-01/ecephys/sub-01_ecephys.npz"
    assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
    other = open_source(SwitchingSource(type="switching", **SMALL), "others", "spikes")
    other.fetch(tmp_path / "other", FetchContext(seed=1, cache_dir=tmp_path))
    assert (tmp_path / "other" / path).read_bytes() != (tmp_path / "one" / path).read_bytes()


def test_the_papers_recipe_is_taken_where_nothing_else_is_asked_for():
    source = open_source(
        SwitchingSource(type="switching", recipe="paper", n_bins=9000), "nets", "spikes"
    )
    assert source.recipe() == Recipe(n_sequences=20, n_bins=9000, concentration=(0.1, 0.8, 0.1))
    assert PAPER.n_bins == 5000


def test_a_simulation_needs_a_seed(tmp_path):
    with pytest.raises(ValueError, match="needs a seed"):
        opened().fetch(tmp_path / "a", FetchContext(seed=None, cache_dir=tmp_path))
