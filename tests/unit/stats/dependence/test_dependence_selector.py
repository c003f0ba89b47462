"""Screening inside cross-validation, and selection that minds redundancy."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from neuro.stats.dependence.block import Block
from neuro.stats.dependence.methods import METHODS
from neuro.stats.dependence.redundancy import select
from neuro.stats.dependence.selector import ScreeningSelector


@pytest.mark.filterwarnings("ignore")
def test_it_is_a_selector_of_scikit_learn():
    failed = [
        f"{check['check_name']}: {check['exception']}"
        for check in check_estimator(
            ScreeningSelector(method="pearson"), on_fail=None, on_skip=None
        )
        if check["status"] == "failed"
    ]
    assert not failed


def test_a_clone_has_the_parameters_and_nothing_that_was_learnt():
    given = ScreeningSelector("binning", 3, "mrmr", 7, "continuous", 5, "quantile", 2)
    rng = np.random.default_rng(0)
    given.fit(rng.normal(size=(40, 9)), rng.normal(size=40))
    copy = clone(given)
    assert copy.get_params() == given.get_params()
    assert not hasattr(copy, "selected_")
    assert clone(copy.set_params(method="kde")).method == "kde"


def test_selection_in_the_fold_is_at_chance_on_noise_and_the_leaky_one_is_not():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2000)), np.arange(60) % 2
    chooser = ScreeningSelector(n_features_to_select=20)
    honest = cross_val_score(make_pipeline(chooser, LogisticRegression()), x, y, cv=5)
    leaky = cross_val_score(LogisticRegression(), chooser.fit_transform(x, y), y, cv=5)
    assert honest.mean() < 0.7
    assert leaky.mean() > 0.85


def test_features_with_signal_are_kept():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 300))
    y = (x[:, [5, 17]].sum(1) + 0.5 * rng.normal(size=100)) > 0
    for method in METHODS:
        chosen = ScreeningSelector(method=method, n_features_to_select=10).fit(x, y)
        assert {5, 17} <= set(chosen.selected_), method
        assert chosen.transform(x).shape == (100, 10)
    assert ScreeningSelector(n_features_to_select=0.05).fit(x, y).get_support().sum() == 15


def test_missing_values_pass():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 20))
    y = x[:, 3] > 0
    x[::7, 3] = np.nan
    for redundancy in (None, "mrmr"):
        chosen = ScreeningSelector(n_features_to_select=3, redundancy=redundancy).fit(x, y)
        assert chosen.selected_[0] == 3


def test_nothing_to_select_is_an_error():
    x, y = np.random.default_rng(0).normal(size=(20, 5)), np.arange(20) % 2
    with pytest.raises(ValueError, match="n_features_to_select must be above 0"):
        ScreeningSelector(n_features_to_select=0).fit(x, y)
    with pytest.raises(ValueError, match="method must be one of"):
        ScreeningSelector(method="best").fit(x, y)


@pytest.mark.parametrize("criterion", ["mrmr", "jmim"])
def test_a_copy_is_not_selected_before_something_new(criterion):
    rng = np.random.default_rng(3)
    one, two = rng.normal(size=(2, 800))
    y = Block((one + 0.7 * two + 0.3 * rng.normal(size=800))[None])
    copies = one + 0.1 * rng.normal(size=(3, 800))
    x = Block(np.concatenate([copies, two[None], rng.normal(size=(4, 800))]))
    relevance = METHODS["gaussian"](x, y)
    assert set(np.argsort(-relevance)[:3]) == {0, 1, 2}
    chosen = select(x, y, 2, criterion, relevance)
    assert chosen[0] in (0, 1, 2)
    assert chosen[1] == 3


def test_joint_information_finds_what_only_a_pair_tells():
    rng = np.random.default_rng(4)
    signs = rng.choice([-1.0, 1.0], size=(2, 600))
    x = Block(np.concatenate([signs, rng.normal(size=(5, 600))]) + 1e-3 * rng.normal(size=(7, 600)))
    y = Block((signs[0] * signs[1])[None], categorical=True)
    relevance = np.r_[0.01, np.zeros(6)]
    assert select(x, y, 2, "jmim", relevance).tolist() == [0, 1]


def test_selection_checks_its_arguments():
    x, y = Block(np.eye(5)), Block(np.arange(5.0)[None])
    with pytest.raises(ValueError, match="criterion must be"):
        select(x, y, 2, "best", np.ones(5))
    with pytest.raises(ValueError, match="n_selected must be from 1 to 5"):
        select(x, y, 6, "mrmr", np.ones(5))
