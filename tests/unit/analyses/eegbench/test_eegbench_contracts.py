"""What a network expects of its input is what it gets."""

import numpy as np
import pytest

from neuro.analyses.eegbench.networks.channels import (
    TEN_TWENTY,
    ChannelError,
    head_positions,
    match_names,
    spline_matrix,
    spread_channels,
)
from neuro.analyses.eegbench.networks.contracts import InputContract, Limits, plan_input
from neuro.analyses.eegbench.networks.foundations import BANANA
from neuro.analyses.eegbench.networks.registry import ARCHITECTURES
from neuro.analyses.eegbench.networks.scaling import rescale
from neuro.analyses.eegbench.trials import Sensors

CAP = (
    *("Fp1", "Fpz", "Fp2", "AF3", "AF4", "F5", "F1", "F2", "F6", "FT7", "FC3", "FCz", "FC4"),
    *("FT8", "C5", "C1", "C2", "C6", "TP7", "CP3", "CPz", "CP4", "TP8", "P5", "P1", "P2", "P6"),
    *("PO7", "POz", "PO8", "Oz"),
)


def sensors(names=CAP, sfreq=250.0, unit="V", places=True) -> Sensors:
    positions = head_positions(names) if places else None
    return Sensors(names, ("eeg",) * len(names), sfreq, -0.2, unit, positions)


def field(places: np.ndarray) -> np.ndarray:
    """A smooth field on the head."""
    unit = places - [0, 0, 0.04]
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit[:, 0] + 0.5 * unit[:, 1] * unit[:, 2]


def test_splines_recover_a_smooth_field_at_electrodes_that_are_not_there() -> None:
    found = spline_matrix(TEN_TWENTY, sensors()) @ field(head_positions(CAP))
    np.testing.assert_allclose(found, field(head_positions(TEN_TWENTY)), atol=0.02)


def test_names_match_whatever_their_case_and_age() -> None:
    matrix = match_names(("T7", "Fz"), ("FZ.", "t3", "Cz"))
    np.testing.assert_array_equal(matrix, [[0, 1, 0], [1, 0, 0]])
    assert match_names(("T7", "Pz"), ("T7", "Cz")) is None


def test_a_spread_subset_covers_both_sides_front_and_back() -> None:
    names = tuple(dict.fromkeys((*CAP, *TEN_TWENTY)))
    chosen = head_positions(names)[spread_channels(sensors(names), 8)]
    for axis in (0, 1):
        assert chosen[:, axis].min() < -0.04
        assert chosen[:, axis].max() > 0.04
    unplaced = sensors(names, places=False)
    assert len(set(spread_channels(unplaced, 8).tolist())) == 8


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (sensors(places=False), "no positions"),
        (sensors(CAP[:5]), "5 electrodes are fewer"),
        (Sensors(("A", "B"), ("mag", "mag"), 250.0, 0.0, "T"), "of type mag"),
    ],
)
def test_a_wrong_channel_set_is_refused_with_names_and_a_way_out(given, why) -> None:
    with pytest.raises(ChannelError, match=rf"labram needs.*C3.*{why}.*leave labram out"):
        plan_input(ARCHITECTURES["labram"].contract, given, 250, "labram", Limits())


def test_rate_and_length_become_those_of_the_contract() -> None:
    contract = InputContract(200.0, None, "training", multiple=200)
    wave = np.sin(2 * np.pi * 7 * np.arange(251) / 250)
    plan = plan_input(contract, sensors(), 251, "x", Limits(40))
    found = plan.apply(np.tile(wave, (1, len(CAP), 1)))
    assert found.shape == (1, len(CAP), 200)  # 201 is cut, not padded to 400
    expected = np.sin(2 * np.pi * 7 * np.arange(200) / 200)
    np.testing.assert_allclose(found[0, 0, 10:-10], expected[10:-10], atol=0.01)
    longer = plan_input(contract, sensors(), 300, "x", Limits(40))
    assert longer.n_times == 400
    padded = longer.apply(np.ones((1, len(CAP), 300), np.float32))
    np.testing.assert_allclose(padded, 1, atol=1e-3)


def test_the_upper_edge_of_the_band_is_applied() -> None:
    plan = plan_input(InputContract(None, (0.1, 20.0)), sensors(), 500, "x", Limits(40, 250.0))
    fast = np.sin(2 * np.pi * 60 * np.arange(500) / 250)
    assert np.abs(plan.apply(np.tile(fast, (1, len(CAP), 1)))[..., 50:-50]).max() < 0.01


def test_bipolar_pairs_are_differences_of_electrodes() -> None:
    given = sensors(TEN_TWENTY, 200.0)
    plan = plan_input(ARCHITECTURES["biot"].contract, given, 200, "biot", Limits())
    assert plan.made.ch_names[:2] == ("Fp1-F7", "F7-T7")
    assert len(BANANA) == 16
    expected = np.zeros(19)
    expected[[TEN_TWENTY.index("F7"), TEN_TWENTY.index("T7")]] = 1, -1
    np.testing.assert_array_equal(plan.matrix[1], expected)


def test_scales_are_those_of_the_models() -> None:
    data = np.random.default_rng(0).normal(5e-6, 2e-5, (3, 4, 100))
    np.testing.assert_allclose(rescale(data, "tenth_millivolt", "V"), data * 1e4)
    usual = rescale(data, "tenth_millivolt", "arbitrary")
    np.testing.assert_allclose(usual.std(axis=(1, 2)), 0.1)
    z = rescale(data, "zscore", "V")
    np.testing.assert_allclose([z.mean(axis=-1), z.std(axis=-1) - 1], 0, atol=1e-12)
    m = rescale(data, "minmax", "V")
    np.testing.assert_allclose([m.min(axis=(1, 2)), m.max(axis=(1, 2))], [[-1] * 3, [1] * 3])
    p = np.quantile(np.abs(rescale(data, "percentile", "V")), 0.95, axis=-1)
    np.testing.assert_allclose(p, 1)
    for scale in ("zscore", "minmax", "percentile", "deviation"):
        assert np.isfinite(rescale(np.zeros((1, 2, 9)), scale, "V")).all()


def test_a_plan_refuses_trials_of_another_shape() -> None:
    plan = plan_input(InputContract(), sensors(), 250, "x", Limits())
    with pytest.raises(ValueError, match=r"set up for \(n_trials, 31, 250\)"):
        plan.apply(np.zeros((2, 31, 251), np.float32))
