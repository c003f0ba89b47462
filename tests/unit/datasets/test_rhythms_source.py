"""Simulated rhythms come as uncut trials, beside the law of spectra and covariances."""

import numpy as np
import pytest

from neuro.config import RhythmsSource
from neuro.datasets.base import FetchContext
from neuro.datasets.registry import open_source
from neuro.io import hdf5
from neuro.io.trials import read_trials

SMALL = {"n_sessions": 2, "n_channels": 6, "seconds": 20}


def fetched(folder, name="rhythms", **keys):
    source = open_source(RhythmsSource(type="rhythms", **{**SMALL, **keys}), name, "trials")
    source.fetch(folder, FetchContext(seed=1, cache_dir=folder.parent))
    return source


def test_sessions_follow_the_law_beside_them(tmp_path):
    source = fetched(tmp_path / "tree")
    assert [r.name for r in source.listing()] == ["sub-01", "sub-02"]
    file = read_trials(tmp_path / "tree" / source.listing()[1].path)
    assert file.data.shape == (1, 6, 5000)
    assert file.sfreq == 250
    truth = hdf5.read(tmp_path / "tree" / "truth.h5")
    data = file.data[0].astype(float)
    data = (data - data.mean(1, keepdims=True)) / data.std(1, keepdims=True)
    stated = truth["sub-02/covariance"].values
    above = np.triu_indices(6, 1)
    assert np.corrcoef(np.cov(data)[above], stated[above])[0, 1] > 0.9
    # What is new in a sample has the stated size: nobody foretells better.
    new = (data - truth["sub-02/mean"].values) / truth["sub-02/deviation"].values
    assert new.std() == pytest.approx(1, abs=0.03)


def test_more_sessions_leave_the_first_as_it_was_and_datasets_differ(tmp_path):
    fetched(tmp_path / "one")
    fetched(tmp_path / "two", n_sessions=3)
    fetched(tmp_path / "other", name="others")
    path = "sub-01/trials/sub-01_trials.h5"
    first = hdf5.digest(tmp_path / "one" / path)
    assert first == hdf5.digest(tmp_path / "two" / path)
    assert first != hdf5.digest(tmp_path / "other" / path)


def test_a_simulation_needs_a_seed(tmp_path):
    source = open_source(RhythmsSource(type="rhythms", **SMALL), "rhythms", "trials")
    with pytest.raises(ValueError, match="needs a seed"):
        source.fetch(tmp_path / "tree", FetchContext(seed=None, cache_dir=tmp_path))
