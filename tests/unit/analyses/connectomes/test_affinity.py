"""Affinities bind what changes together, and say what is wrong with what they are given."""

import pytest
import torch

from neuro.analyses.connectomes.affinity import (
    KERNELS,
    affinities,
    separable_signals,
    standardise,
)
from neuro.analyses.connectomes.tensors import Separable


@pytest.fixture
def derivatives():
    return torch.randn(2, 4, 300, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_derivatives_are_in_units_of_their_own_spread(derivatives):
    derivatives[1, 2] = float("nan")
    values, present = standardise(7 * derivatives)
    rms = values.square().mean(2).sqrt()
    assert rms[present].numpy() == pytest.approx(1.0)
    assert (values[1, 2] == 0).all()
    assert present.sum() == 7
    assert not present[1, 2]


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_changes_together_is_bound_and_what_changes_oppositely_is_a_layer_apart(
    kernel, derivatives
):
    derivatives[:, 1] = derivatives[:, 0]
    derivatives[:, 2] = -derivatives[:, 0]
    values, _ = standardise(derivatives)
    together = affinities(values, kernel)
    assert together.shape == (300, 2, 6)
    both = affinities(values, kernel, signed=True)
    torch.testing.assert_close(both[..., :6], together)
    assert (both >= 0).all()
    means = both.mean((0, 1))
    # Pairs: 01 02 03 12 13 23; neuron 3 goes its own way.
    assert means[0] > 1.5 * means[2]
    # The Gaussian also binds small changes that happen to be alike.
    assert means[1] < 0.2 * means[0]
    assert means[6] < 0.2 * means[7]
    assert float(means[7]) == pytest.approx(float(means[0]))


def test_the_geometric_mean_of_known_changes():
    values = torch.tensor([[[4.0, -4.0, 4.0], [9.0, -1.0, -1.0]]])
    assert affinities(values, "geometric").ravel().tolist() == [6.0, 2.0, 0.0]


def test_the_separable_form_is_the_geometric_kernel(derivatives):
    values, present = standardise(derivatives)
    tensor = Separable(separable_signals(values), present)
    torch.testing.assert_close(tensor.dense(), affinities(values, "geometric"))


def test_local_correlation_equals_a_direct_computation(derivatives):
    values, _ = standardise(derivatives)
    got = affinities(values, "correlation", window=5, threshold=1e-9)[50, 0, 0]
    weights = torch.hann_window(7, periodic=False, dtype=torch.float64)[1:-1]
    a, b = (values[0, i, 48:53] for i in (0, 1))
    expected = (weights * a * b).sum() / ((weights * a * a).sum() * (weights * b * b).sum()).sqrt()
    assert float(got) == pytest.approx(max(float(expected), 0.0))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d[0, 1, 3:5].fill_(float("nan")), r"NaN at some times in neuron\(s\) AVAR;"),
        (lambda d: d[0, 1].zero_(), r"constant in neuron\(s\) AVAR;"),
        (lambda d: d[:, 2].fill_(float("nan")), r"no animal has neuron\(s\) RIM"),
        (lambda d: d[0, 0, 0].fill_(float("inf")), "must be finite"),
    ],
)
def test_bad_traces_are_named(derivatives, spoil, message):
    spoil(derivatives)
    with pytest.raises(ValueError, match=message):
        standardise(derivatives, ["AVAL", "AVAR", "RIM", "AVB"])


def test_bad_parameters_are_refused(derivatives):
    with pytest.raises(ValueError, match=r"kernel: got 'spearman'. Allowed: geometric, gaussian"):
        affinities(derivatives, "spearman")
    with pytest.raises(ValueError, match="odd number of at least 3"):
        affinities(derivatives, "correlation", window=4)
