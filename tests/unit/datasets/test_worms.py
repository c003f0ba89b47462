"""Simulated worms hold what was planted, and come as a tree that the calcium reader takes."""

import numpy as np
import pytest

from neuro.config import WormsSource
from neuro.config.calcium import CalciumReading
from neuro.datasets.base import FetchContext
from neuro.datasets.registry import open_source
from neuro.datasets.worms import simulate
from neuro.io import hdf5
from neuro.io.tables import read_tsv
from neuro.preprocess.calcium.reading import open_traces


def test_neurons_of_a_group_share_changes_while_their_motif_is_active_and_no_others_do():
    worms = simulate(np.random.default_rng(0), noise=0.0, missing=0.0, n_motifs=1)
    first, second = (np.flatnonzero(row) for row in worms.memberships[0].T)
    changes = worms.derivatives[0]
    assert np.corrcoef(changes[first])[0, 1:] == pytest.approx(1.0)
    assert abs(np.corrcoef(changes[first[0]], changes[second[0]])[0, 1]) < 0.5
    others = np.setdiff1d(np.arange(40), [*first, *second])
    assert not changes[others].any()
    active = worms.times[:, 0] > 0.5
    power = (worms.derivatives[:, first] ** 2).mean((0, 1))
    assert power[active].mean() > 20 * power[worms.times[:, 0] < 0.01].mean()


def test_the_first_motif_follows_the_stimulus():
    worms = simulate(np.random.default_rng(0))
    time = np.arange(len(worms.times)) / worms.sfreq
    inside = np.any([(time >= on) & (time <= end) for on, end in worms.stimulus], axis=0)
    assert inside[worms.times[:, 0].argmax()]
    assert worms.times[inside, 0].mean() > 5 * worms.times[~inside, 0].mean()


def test_the_covariance_of_changes_is_that_of_the_truth():
    worms = simulate(np.random.default_rng(1), n_worms=2, duration=4000, noise=0.0)
    first, second = np.triu_indices(40, 1)
    seen = worms.derivatives[0, first] * worms.derivatives[0, second]
    expected = (worms.pairs * worms.strengths[0] * worms.times.mean(0)).sum(1)
    assert np.corrcoef(seen.mean(1), expected)[0, 1] > 0.98


def test_missing_neurons_are_nan_and_about_as_many_as_asked_for():
    worms = simulate(np.random.default_rng(0), missing=0.3, n_worms=30)
    gone = np.isnan(worms.traces)
    assert (gone.all(2) == gone.any(2)).all()
    assert gone.mean() == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"n_neurons": 5}, "a motif has 12 neurons"),
        ({"sfreq": 1.0}, "sfreq must be above"),
        ({"duration": 30}, "must hold a stimulus"),
        ({"missing": 1.0}, "below 1"),
    ],
)
def test_what_cannot_be_simulated_is_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        simulate(np.random.default_rng(0), **keys)


def test_the_tree_is_read_by_the_calcium_reader_and_made_the_same_again(tmp_path):
    config = WormsSource(type="worms", n_worms=2, duration=90)
    source = open_source(config, "worms", "calcium")
    for name in ("a", "b"):
        source.fetch(tmp_path / name, FetchContext(seed=1, cache_dir=tmp_path))
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    for file in files:
        if file.suffix != ".h5":
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    recording = source.listing()[1]
    opened = open_traces(tmp_path / "a", recording, CalciumReading())
    traces = opened.load()
    truth = hdf5.read(tmp_path / "a" / "truth.h5")
    assert set(traces.names) < set(truth["names"].values)
    assert traces.identified.all()
    assert (opened.sfreq, opened.n_frames) == (4.0, 360)
    events = read_tsv(tmp_path / "a/sub-02/ophys/sub-02_events.tsv", ("onset", "trial_type"))
    assert list(events["onset"]) == [60.0]
    assert truth["communities"].values.shape == (4, 40)


def test_a_simulation_needs_a_seed(tmp_path):
    source = open_source(WormsSource(type="worms"), "worms", "calcium")
    with pytest.raises(ValueError, match="needs a seed"):
        source.fetch(tmp_path / "a", FetchContext(seed=None, cache_dir=tmp_path))
