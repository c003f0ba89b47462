from dataclasses import replace

import numpy as np
import pytest

from neuro.analyses.eegbench.evaluate import Variant, evaluate
from neuro.analyses.eegbench.method import NotApplicableError
from neuro.analyses.eegbench.scores import score_table
from neuro.analyses.eegbench.splits import make_folds
from neuro.config.eegbench import SplitSettings

HOW = SplitSettings()


def scores(trials, methods, folds, dataset="d", **kwargs):
    found = evaluate(trials, folds, list(methods), **kwargs)
    return score_table(trials, found.outcomes, dataset, "t", "blocks").drop(columns="seconds")


def test_a_planted_effect_is_found_and_the_prior_is_at_chance(make_trials, methods):
    trials = make_trials(n=80, effect=1.5)
    folds = make_folds(trials, "blocks", HOW)
    table = scores(trials, methods.values(), folds)
    means = table.groupby(["method", "metric"])["value"].mean()
    assert means["nearest", "auroc"] > 0.9
    assert means["prior", "auroc"] == 0.5
    assert means["prior", "balanced_accuracy"] == 0.5
    assert len(table) == 10 * 2 * 8
    assert (table["chance"][table["metric"] == "auroc"] == 0.5).all()


def test_a_method_scores_the_same_alone_and_in_company(make_trials, methods):
    trials = make_trials(n=50)
    folds = make_folds(trials, "blocks", HOW)
    variants = [Variant(), Variant("euclidean", "trial-z")]
    alone = scores(trials, [methods["nearest"]], folds, variants=variants)
    both = scores(trials, reversed(methods.values()), folds, variants=variants)
    company = both[both["method"] == "nearest"].reset_index(drop=True)
    assert alone.equals(company)


def test_two_methods_with_one_preparation_share_it(make_trials, methods):
    calls = []

    def prepare(trials, setting):
        calls.append(setting.seed)
        return trials.data[:, :1]

    shared = [
        replace(methods["nearest"], name=name, prepare=prepare) for name in ("first", "second")
    ]
    trials = make_trials(n=50)
    found = evaluate(trials, make_folds(trials, "blocks", HOW), [*shared, methods["prior"]])
    assert calls == [0]
    assert len(found.outcomes) == 30


def test_a_method_that_cannot_be_used_is_left_out_with_its_reason(make_trials, methods):
    def refuse(trials, setting):
        raise NotApplicableError("needs 19 channels")

    trials = make_trials(n=50)
    unfit = replace(methods["nearest"], name="picky", prepare=refuse)
    found = evaluate(trials, make_folds(trials, "blocks", HOW), [unfit, methods["prior"]])
    assert found.refused == {"picky": "needs 19 channels"}
    assert {one.method.name for one in found.outcomes} == {"prior"}


def test_probabilities_that_are_none_are_an_error(make_trials, methods):
    class Wrong:
        def fit(self, X, y, groups):
            return self

        def predict_proba(self, X):
            return np.full((len(X), 2), np.nan)

    trials = make_trials(n=50)
    wrong = replace(methods["prior"], build=lambda _: Wrong())
    with pytest.raises(ValueError, match="Wrong: probabilities must be finite"):
        evaluate(trials, make_folds(trials, "blocks", HOW), [wrong])
