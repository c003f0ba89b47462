"""A planted component is recovered, with intervals that cover it."""

from collections.abc import Callable

import mne
import numpy as np
import pytest

from neuro.config.eeg import Contrast, EEGPreprocess, Statistics
from neuro.preprocess import contrasts
from neuro.preprocess.contrasts import evaluate, generator_for
from neuro.stats.clusters import Clusters
from neuro.stats.intervals import difference_band

NewEpochs = Callable[..., mne.EpochsArray]
FAST = Statistics(n_bootstraps=200, n_permutations=200)


def planted(params: EEGPreprocess) -> Contrast:
    return params.contrasts["target-minus-standard"]


def test_planted_component_is_recovered(new_epochs: NewEpochs, params: EEGPreprocess) -> None:
    epochs = new_epochs(n=80, latency=0.17, amplitude=-6.0)
    result = evaluate(epochs, "odd", planted(params), FAST, generator_for("odd", 1))
    found = result.component
    assert found.latency.value == pytest.approx(0.17, abs=0.01)
    assert found.amplitude.value == pytest.approx(-6e-6, abs=1.5e-6)
    for estimate in (found.latency, found.amplitude, found.mean):
        assert estimate.low <= estimate.value <= estimate.high
    assert result.p <= 0.01
    assert not found.at_edge
    assert (result.n_first, result.n_second) == (80, 80)


def test_waves_are_the_regions(new_epochs: NewEpochs, params: EEGPreprocess) -> None:
    epochs = new_epochs()
    result = evaluate(epochs, "odd", planted(params), FAST, generator_for("odd", 1))
    first, second = (
        epochs[name].get_data(picks=["O1", "O2"]).mean(axis=1) for name in ("target", "standard")
    )
    expected = difference_band(first, second, 0.95)
    np.testing.assert_allclose(result.difference.mean, expected.mean)
    np.testing.assert_allclose(result.difference.low, expected.low)
    evoked = epochs["target"].average().data - epochs["standard"].average().data
    np.testing.assert_allclose(result.channels.mean, evoked, atol=1e-15)


def test_intervals_cover_the_truth(
    new_epochs: NewEpochs, params: EEGPreprocess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nominal 95 percent; the peak of the true wave lies at the planted latency."""
    contrast = planted(params)
    nothing = Clusters(np.empty(0), np.empty(0), 2.0, *np.empty((4, 0)))
    monkeypatch.setattr(contrasts, "cluster_test", lambda *args: nothing)  # not looked at here
    times = new_epochs(n=10).times
    wave = -6e-6 * np.exp(-0.5 * ((times - 0.17) / 0.02) ** 2)
    inside = (times >= 0.13 - 1e-9) & (times <= 0.2 + 1e-9)
    truth = {"latency": 0.17, "amplitude": -6e-6, "mean": wave[inside].mean()}
    hits = dict.fromkeys(truth, 0)
    n = 60
    for seed in range(n):
        epochs = new_epochs(seed=seed, n=60)
        few = Statistics(n_bootstraps=300, n_permutations=100)
        found = evaluate(epochs, "odd", contrast, few, generator_for("odd", seed)).component
        for key, value in truth.items():
            estimate = getattr(found, key)
            hits[key] += estimate.low - 1e-12 <= value <= estimate.high + 1e-12
    for key, count in hits.items():
        assert count >= 50, key  # 57 expected


def test_a_contrast_does_not_depend_on_others() -> None:
    assert generator_for("a", 7).random() == generator_for("a", 7).random()
    assert generator_for("a", 7).random() != generator_for("b", 7).random()


def test_conditions_are_pooled(new_epochs: NewEpochs, params: EEGPreprocess) -> None:
    epochs = new_epochs()
    epochs.events[:20, 2] += 2
    epochs.event_id |= {"standard2": 3, "target2": 4}
    contrast = planted(params).model_copy(update={"first": ["target", "target2"]})
    result = evaluate(epochs, "odd", contrast, FAST, generator_for("odd", 1))
    assert (result.n_first, result.n_second) == (40, 30)


def test_wrong_sign_and_edge(new_epochs: NewEpochs, params: EEGPreprocess) -> None:
    epochs = new_epochs(n=80, amplitude=60.0)
    result = evaluate(epochs, "odd", planted(params), FAST, generator_for("odd", 1))
    assert result.component.at_edge
    assert result.p == 1.0


def test_bad_channels_leave_the_region(new_epochs: NewEpochs, params: EEGPreprocess) -> None:
    epochs = new_epochs()
    epochs.info["bads"] = ["O1"]
    contrast = planted(params)
    result = evaluate(epochs, "odd", contrast, FAST, generator_for("odd", 1))
    assert result.roi == ["O2"]
    epochs.info["bads"] = ["O1", "O2"]
    with pytest.raises(ValueError, match=r"contrasts.odd.roi: all its channels are bad"):
        evaluate(epochs, "odd", contrast, FAST, generator_for("odd", 1))


def test_unknown_conditions_and_narrow_windows_are_refused(
    new_epochs: NewEpochs, params: EEGPreprocess
) -> None:
    epochs = new_epochs(n=10)
    rng = generator_for("odd", 1)
    unknown = planted(params).model_copy(update={"second": ["standart"]})
    with pytest.raises(
        ValueError, match=r"contrasts.odd.second: .* standart. Did you mean 'standard' for"
    ):
        evaluate(epochs, "odd", unknown, FAST, rng)
    narrow = planted(params).model_copy(update={"window": (0.150, 0.152)})
    with pytest.raises(ValueError, match=r"contrasts.odd.window: The window .* at least 3 samples"):
        evaluate(epochs, "odd", narrow, FAST, rng)
