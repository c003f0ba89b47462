import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from neuro.analyses.eegbench.evaluate import evaluate
from neuro.analyses.eegbench.resample import (
    choose_units,
    draw,
    estimates,
    holm,
    paired_p,
    weighted_scores,
)
from neuro.analyses.eegbench.scores import calibration_error, score, subject_auroc
from neuro.analyses.eegbench.splits import make_folds
from neuro.config.eegbench import SplitSettings


@pytest.mark.parametrize("n_classes", [2, 4])
def test_weighted_scores_are_those_of_repeated_trials(n_classes):
    rng = np.random.default_rng(0)
    y = np.arange(40) % n_classes
    probability = rng.dirichlet(np.ones(n_classes), size=40).round(1)
    counts = rng.integers(0, 3, size=(5, 40)) + (np.arange(40) < 8)
    found = weighted_scores(y, probability, counts.astype(float))
    for row, weights in enumerate(counts):
        repeated = np.repeat(np.arange(40), weights)
        truth = np.eye(n_classes)[y[repeated]]
        shown = probability[repeated]
        area = (
            roc_auc_score(y[repeated], shown[:, 1])
            if n_classes == 2
            else roc_auc_score(truth, shown, average="macro")
        )
        assert found["auroc"][row] == pytest.approx(area)
        assert found["balanced_accuracy"][row] == pytest.approx(
            balanced_accuracy_score(y[repeated], shown.argmax(axis=1))
        )


def test_scores_of_certain_and_of_calibrated_predictions():
    y = np.array([0, 1, 1, 0])
    sure = np.eye(2)[y]
    assert score(y, sure)["brier"] == 0
    assert score(y, sure)["kappa"] == 1
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 1, 20000)
    truth = (rng.random(20000) < p).astype(int)
    assert calibration_error(truth, np.stack([1 - p, p], axis=1)) < 0.02
    over = np.clip(p + 0.2, 0, 1)
    assert calibration_error(truth, np.stack([1 - over, over], axis=1)) > 0.1


def test_subjects_are_judged_by_their_mean_probability():
    subject = ["a", "a", "b", "b", "c", "c"]
    y = np.array([0, 0, 1, 1, 0, 0])
    positive = np.array([0.9, 0.0, 0.4, 0.6, 0.1, 0.6])  # by majority vote b would be no better
    probability = np.stack([1 - positive, positive], axis=1)
    assert subject_auroc(subject, y, probability) == 1.0
    assert np.isnan(subject_auroc(subject, np.array([0, 1, 1, 1, 0, 0]), probability))


def test_what_is_resampled_follows_from_what_there_is(make_trials):
    how = SplitSettings()
    many = make_trials(n=20, n_subjects=6)
    assert choose_units(many, make_folds(many, "leave-one-subject-out", how)).kind == "subjects"
    two = make_trials(n=50)
    assert choose_units(two, make_folds(two, "blocks", how)).kind == "blocks"
    folds = make_folds(two, "leave-one-subject-out", how)
    units = choose_units(two, folds)
    assert units.kind == "trials"
    counts = draw(units, np.arange(100), 50, np.random.default_rng(0))
    ones = two.y == 1
    assert (counts[:, ones].sum(axis=1) == ones.sum()).all()


def test_intervals_cover_the_truth_and_the_prior_has_none(make_trials, methods):
    trials = make_trials(n=60, effect=0.5)
    folds = make_folds(trials, "blocks", SplitSettings())
    outcomes = evaluate(trials, folds, list(methods.values())).outcomes
    said = {
        name: [one.probability for one in outcomes if one.method.name == name] for name in methods
    }
    found = estimates(trials, folds, said, choose_units(trials, folds), 500, 0.95, seed=1)
    area = found["nearest"]["auroc"]
    assert area.low < area.value < area.high
    assert found["prior"]["auroc"].low == found["prior"]["auroc"].high == 0.5
    assert paired_p(area.samples, found["prior"]["auroc"].samples) < 0.05
    alone = estimates(
        trials, folds, {"nearest": said["nearest"]}, choose_units(trials, folds), 500, 0.95, seed=1
    )
    assert alone["nearest"]["auroc"].low == area.low


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert paired_p(np.zeros(99), np.zeros(99)) == 1.0
