"""What the figure of the conditions shows."""

import numpy as np

from neuro.preprocess.pictures import MOST_MAPS, condition_pictures, field_power


def test_field_power_is_the_spread_over_good_channels(new_epochs):
    epochs = new_epochs(seed=0)
    epochs.info["bads"] = [epochs.ch_names[0]]
    waves = epochs.get_data(copy=False).mean(axis=0)
    good = epochs.copy().pick("eeg", exclude="bads")
    expected = good.average().data.std(axis=0)
    np.testing.assert_allclose(field_power(epochs, waves), expected)


def test_the_planted_peak_is_mapped(new_epochs):
    pictures = condition_pictures(new_epochs(seed=0))
    (target,) = [p for p in pictures if p.label.startswith("target")]
    assert len(target.peaks) <= MOST_MAPS
    assert sorted(target.peaks) == list(target.peaks)
    assert min(abs(peak - 0.17) for peak in target.peaks) < 0.02
