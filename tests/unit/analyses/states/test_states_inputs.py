"""Bad input ends in an error that names what is wrong; missing bins are left out, not guessed."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neuro.analyses.states.choose import cross_validate
from neuro.analyses.states.design import Layout, design
from neuro.analyses.states.em import Spec
from neuro.analyses.states.fit import cut, fit
from neuro.analyses.states.history import convolve, exponential, raised_cosine, usable
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.pfc6 import read
from neuro.analyses.states.sequences import gather


@pytest.fixture
def counts():
    return np.random.default_rng(0).poisson(1.0, size=(60, 3)).astype(float)


def test_silent_neuron(counts):
    counts[:, 1] = 0
    with pytest.raises(ValueError, match=r"never spike\): \['b'\]; nothing can be learned"):
        gather([counts], names=["a", "b", "c"])
    assert gather([counts], require_spikes=False).n_neurons == 3


def test_negative_counts(counts):
    counts[7, 2] = -1
    with pytest.raises(ValueError, match=r"whole numbers from 0.*got -1 for neuron '2' at bin 7"):
        gather([counts])


def test_nan_of_one_neuron(counts):
    counts[5, 0] = np.nan
    with pytest.raises(ValueError, match="NaN for neuron '0' at bin 5 of sequence 1, but not"):
        gather([np.ones((4, 3)), counts])


def test_all_missing(counts):
    with pytest.raises(ValueError, match="every bin is missing"):
        gather([counts * np.nan])


def test_bernoulli_wants_binary(counts):
    with pytest.raises(ValueError, match="must be 0 or 1 for bernoulli"):
        gather([counts + 1], family="bernoulli")


def test_different_neurons(counts):
    with pytest.raises(ValueError, match="same neurons"):
        gather([counts, counts[:, :2]])


def test_more_states_than_data_bear(counts):
    spec = Spec(9, Layout(exponential(3)))
    with pytest.raises(ValueError, match=r"n_states: must be from 1 to 12 for 60 usable.*got 13"):
        fit(gather([counts]), Spec(13, spec.layout), np.random.default_rng(0))


def test_states_without_anything_of_their_own(counts):
    with pytest.raises(ValueError, match="states have nothing to differ in: without history"):
        fit(gather([counts]), Spec(2, Layout()), np.random.default_rng(0))


def test_one_sequence_is_fitted_but_not_cross_validated(counts):
    sequences = gather([counts])
    spec = Spec(2, Layout(exponential(2)), n_restarts=1, max_iter=3)
    assert len(fit(sequences, spec, np.random.default_rng(0)).trace) <= 3
    with pytest.raises(ValueError, match="at least 2 folds, got 1; with one sequence, cut it"):
        cross_validate(sequences, {"a": spec}, np.zeros(1, int), np.random.default_rng(0))


@pytest.mark.parametrize(("family", "link"), [("poisson", "identity"), ("bernoulli", "exp")])
def test_links_that_give_impossible_means(family, link):
    with pytest.raises(ValueError, match=rf"{link}' can give a mean that {family}"):
        Observation(family, link)


def test_missing_bins_hide_themselves_and_their_followers(counts):
    counts[20] = np.nan
    sequences = gather([counts, counts])
    good = usable(sequences, 3)
    assert_array_equal(np.flatnonzero(~good), [20, 21, 22, 23, 80, 81, 82, 83])
    pieces = usable(gather([np.ones((6, 1))], require_spikes=False), 2, silent_before=False)
    assert_array_equal(pieces, [False, False, True, True, True, True])


def test_history_against_convolution(counts):
    basis = raised_cosine(6, 3)
    sequences = gather([counts[:25], counts[25:]])
    past = convolve(sequences, basis).numpy().reshape(60, 3, 3)
    for rows in (slice(0, 25), slice(25, 60)):
        for b, function in enumerate(basis):
            for n in range(3):
                whole = np.convolve(counts[rows, n], np.concatenate([[0], function]))
                assert_allclose(past[rows, b, n], whole[: rows.stop - rows.start], atol=1e-12)


def test_bases_sum_to_one():
    assert_allclose(exponential(5)[0], [0.6364, 0.2341, 0.0861, 0.0317, 0.0117], atol=1e-4)
    assert_allclose(raised_cosine(20, 4).sum(axis=1), 1)
    with pytest.raises(ValueError, match="n_functions must be from 1 to n_lags = 2, got 3"):
        raised_cosine(2, 3)


def test_cut_keeps_every_bin(counts):
    pieces = cut(gather([counts, counts[:7]]), 10)
    assert_array_equal(pieces.lengths, [10] * 6 + [7])


def test_layout_puts_bias_where_asked(counts):
    sequences = gather([counts], covariates=[np.arange(60.0)])
    shared = design(sequences, Layout(exponential(2)))
    own = design(sequences, Layout(exponential(2), shared_bias=False, shared_covariates=False))
    assert (shared.n_state, shared.n_features, own.n_state) == (3, 5, 5)


def test_pfc6(tmp_path):
    folder = tmp_path / "200104"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match=r"200104_SpikeData\.dat: not there"):
        read(folder)
    (folder / "200104_SpikeData.dat").write_text("9990\t1\n10010\t2\n10010\t2\n99999\t1\n")
    (folder / "200104_Behavior.dat").write_text("10000\t12000\t1\t0\t1\t1\n")
    (folder / "200104_CellType.dat").write_text("1\n2\n")
    session = read(folder)
    assert session.counts[0].shape == (750, 2)
    assert session.counts[0][249, 0] == 1
    assert session.counts[0][250, 1] == 2
    assert session.counts[0].sum() == 3
    (folder / "200104_CellType.dat").write_text("1\n")
    with pytest.raises(ValueError, match="CellType has 1 cells"):
        read(folder)
