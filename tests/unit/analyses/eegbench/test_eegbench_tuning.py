"""Parameters are chosen within the training trials, and classes weighed where that is asked for."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuro.analyses.eegbench.classical.load import read_pipeline
from neuro.analyses.eegbench.classical.methods import classical_methods
from neuro.analyses.eegbench.evaluate import Variant, evaluate, setting_of
from neuro.analyses.eegbench.method import Choice, Range
from neuro.analyses.eegbench.networks.methods import NetworkSettings, network_methods
from neuro.analyses.eegbench.splits import make_folds
from neuro.analyses.eegbench.tuning import Tuned, balanced_loss
from neuro.config.eegbench import SplitSettings

HOW = SplitSettings(n_blocks=3, gap=0)


class Spy:
    """Softmax of a threshold, which remembers the trials that it met while it was tuned."""

    def __init__(self, seen, threshold=9.0):
        self.seen, self.threshold = seen, threshold

    def fit(self, X, y, groups):
        self.seen.append((self.threshold, X[:, 0, 0].tolist()))
        return self

    def predict_proba(self, X):
        self.seen.append((self.threshold, X[:, 0, 0].tolist()))
        odds = np.exp(4 * (X[:, 0, 10] - self.threshold))
        return np.stack([1 / (1 + odds), odds / (1 + odds)], axis=1)


@pytest.fixture
def spied(methods):
    seen = []
    return seen, replace(
        methods["nearest"],
        build=lambda _: Spy(seen),
        space={"threshold": Range(-2.0, 4.0)},
        tuned=lambda _, parameters: Spy(seen, **parameters),
    )


def test_the_test_fold_is_never_seen_and_the_budget_is_kept(make_trials, spied):
    seen, method = spied
    trials = make_trials(n=60, effect=2.0)
    trials.data[:, 0, 0] = np.arange(len(trials))  # who is who
    folds = make_folds(trials, "blocks", HOW)[:1]
    found = evaluate(trials, folds, [method], n_tuning=6)

    last = max(k for k, (_, who) in enumerate(seen) if len(who) == len(folds[0].train))
    met = {int(one) for _, who in seen[: last + 1] for one in who}
    assert met == set(folds[0].train.tolist())
    tried = Counter(threshold for threshold, _ in seen[:last])
    assert len(tried) == 6
    assert 9.0 in tried  # its own comes first
    assert seen[0][0] == 9.0
    chosen = seen[last][0]
    assert 0.3 < chosen < 1.7  # classes are 0 and 2 on average
    own = evaluate(trials, folds, [method])
    y = trials.y[folds[0].test]
    losses = [balanced_loss(y, one.outcomes[0].probability) for one in (found, own)]
    assert losses[0] < losses[1]


def test_tuning_does_not_depend_on_what_was_tuned_before(make_trials, spied):
    _, method = spied
    trials = make_trials(n=60)
    setting = setting_of(trials, Variant(), "cpu")
    groups = np.repeat(np.array(["a", "b", "c", "d"]), 30)

    def tune():
        return Tuned(method, setting, 4).fit(trials.data, trials.y, groups)

    first = tune()
    np.random.default_rng().normal(size=3)
    assert tune().parameters == first.parameters
    assert len(first.losses) == 4


def test_a_method_without_a_space_is_not_tuned(make_trials, methods):
    trials = make_trials(n=60)
    folds = make_folds(trials, "blocks", HOW)
    plain, tuned = (evaluate(trials, folds, [methods["nearest"]], n_tuning=n) for n in (0, 5))
    for one, other in zip(plain.outcomes, tuned.outcomes, strict=True):
        np.testing.assert_array_equal(one.probability, other.probability)


def test_spaces_stand_beside_the_methods(make_trials):
    known = {**classical_methods(), **network_methods(NetworkSettings(epochs=1))}
    spaces = {name for name, method in known.items() if method.space}
    assert {"xdawn-tangent", "psd-svm", "csp-lda", "eegnet", "cbramod-full"} <= spaces
    assert not spaces & {"dummy", "ridge", "windows-lda", "cbramod-probe", "crisscross-full"}
    assert known["csp-lda"].space == {"csp__nfilter": Choice((2, 4, 6, 8))}
    setting = setting_of(make_trials(n=8), Variant(), "cpu")
    for name in ("xdawn-tangent", "psd-svm", "features91-logistic"):
        (parameter,) = known[name].space
        made = known[name].tuned(setting, {parameter: 0.5})
        assert made.pipeline.get_params()[parameter] == 0.5
    made = known["patch-multi"].tuned(setting, {"learning_rate": 0.5, "weight_decay": 0.25})
    recipe = made.chosen.settings.recipe(1e-3)
    assert (recipe.learning_rate, recipe.weight_decay) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("svc__c: [1]", r"`search` names `svc__c`, which no step has; did you mean `svc__C`"),
        ("svc__C: {low: 2, high: 1}", "search.svc__C: `low` must be below `high`"),
        ("svc__C: {low: 1}", "search.svc__C lacks the key `high`"),
        ("svc__C: {low: 0, high: 1, log: true}", "search.svc__C: `low` must be below"),
    ],
)
def test_a_space_that_is_none_is_refused(tmp_path: Path, search, message):
    path = tmp_path / "mine.yml"
    path.write_text(
        f"name: x\npipeline:\n  - {{name: SVC, from: sklearn.svm}}\nsearch:\n  {search}\n"
    )
    with pytest.raises(ValueError, match=message):
        read_pipeline(path)


def test_class_weights_reach_pipelines_heads_and_networks(make_trials):
    trials = make_trials(n=60)
    rare = trials.take(np.flatnonzero((trials.y == 0) | (np.arange(len(trials)) % 5 == 0)))
    known = {
        **classical_methods(),
        **network_methods(NetworkSettings(epochs=2, batch_size=8)),
    }
    names = ("features31-logistic", "crisscross-probe-random", "patch-multi")
    folds = make_folds(rare, "blocks", SplitSettings(n_blocks=2, gap=0))[:1]
    variants = [Variant(class_weights=weights) for weights in ("balanced", "none")]
    found = evaluate(rare, folds, [known[name] for name in names], variants)
    for name in names:
        said = {
            one.variant.class_weights: one.probability[:, 1].mean()
            for one in found.outcomes
            if one.method.name == name
        }
        assert said["balanced"] > said["none"]
