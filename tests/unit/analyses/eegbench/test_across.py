"""Methods that are trained on one dataset and tested on another."""

from dataclasses import replace

import numpy as np
import pytest

from neuro.analyses.eegbench.evaluate import Variant, evaluate
from neuro.analyses.eegbench.splits import make_folds
from neuro.analyses.eegbench.tasks import across
from neuro.analyses.eegbench.trials import Sensors
from neuro.config.eegbench import SplitSettings

NAMES = ("there", "here")


def renamed(trials, ch_names, positions=None):
    sensors = replace(trials.sensors, ch_names=ch_names, positions=positions)
    return replace(trials, sensors=sensors)


def test_channels_classes_and_subjects_of_two_datasets_are_brought_together(make_trials):
    source = renamed(make_trials(n=10, seed=1), ("Pz", "Oz", "Fz"))
    source = replace(source, classes=("b", "a"), y=1 - source.y)
    target = renamed(make_trials(n=8), ("Fz", "Cz", "Pz"), np.eye(3))
    both = across(source, target, NAMES)

    assert both.sensors.ch_names == ("Fz", "Pz")
    np.testing.assert_array_equal(both.sensors.positions, np.eye(3)[[0, 2]])
    assert both.classes == ("a", "b")
    np.testing.assert_array_equal(both.data[:20], source.data[:, [2, 0]])
    np.testing.assert_array_equal(both.data[20:], target.data[:, [0, 2]])
    np.testing.assert_array_equal(both.y, [*(1 - source.y), *target.y])
    assert set(both.subject[:20]) == {"there s0", "there s1"}
    (fold,) = make_folds(both, "cross-dataset", SplitSettings())
    np.testing.assert_array_equal(fold.train, np.arange(20))
    np.testing.assert_array_equal(fold.test, np.arange(20, 36))
    assert set(fold.groups) == {"there s0", "there s1"}


@pytest.mark.parametrize("alignment", ["none", "euclidean"])
def test_what_is_alike_in_both_is_found(make_trials, methods, alignment):
    both = across(make_trials(n=40, effect=2.0, seed=1), make_trials(n=20, effect=2.0), NAMES)
    folds = make_folds(both, "cross-dataset", SplitSettings())
    found = evaluate(both, folds, [methods["nearest"]], [Variant(alignment)])
    said = found.outcomes[0].probability.argmax(axis=1)
    assert np.mean(said == both.y[folds[0].test]) > 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"ch_names": ("A", "B", "C")},
            "training on there, testing on here: no channel is in both",
        ),
        (
            {"sfreq": 50.0},
            r"\(20, 50.0, -100, 'V'\) and \(20, 40.0, -100, 'V'\); make epochs alike",
        ),
        ({"unit": "T"}, "make epochs alike"),
        ({"tmin": 0.0}, "make epochs alike"),
    ],
)
def test_datasets_that_do_not_go_together(make_trials, change, message):
    trials = make_trials(n=10)
    other: Sensors = replace(trials.sensors, **change)
    with pytest.raises(ValueError, match=message):
        across(replace(trials, sensors=other), trials, NAMES)
