"""Where MOABB's and scikit-learn's splitters mean the same as ours, they give the same."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from moabb.evaluations.splitters import (
    CrossDatasetSplitter,
    CrossSubjectSplitter,
    WithinSubjectSplitter,
)
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from neuro.analyses.eegbench.splits import make_folds
from neuro.analyses.eegbench.tasks import across
from neuro.config.eegbench import SplitSettings

TOUCHING = SplitSettings(n_blocks=5, gap=0, gap_trials=0)


def ours(trials, split, settings=TOUCHING):
    return comparable((fold.train, fold.test) for fold in make_folds(trials, split, settings))


def comparable(splits):
    return sorted((sorted(test), sorted(train)) for train, test in splits)


def metadata(trials):
    session = np.where(trials.session == "", "0", trials.session)
    return pd.DataFrame({"subject": trials.subject, "session": session, "run": "0"})


def test_subjects_left_out_are_those_of_moabb_and_scikit_learn(make_trials):
    trials = make_trials(n=12, n_subjects=4)
    found = ours(trials, "leave-one-subject-out")
    assert found == comparable(CrossSubjectSplitter().split(trials.y, metadata(trials)))
    assert found == comparable(LeaveOneGroupOut().split(trials.y, groups=trials.subject))


@pytest.mark.parametrize("kind", [StratifiedKFold, KFold])
def test_blocks_of_classes_in_turn_are_folds_without_shuffling(make_trials, kind):
    trials = make_trials(n=40, onset=False)
    trials = replace(trials, y=np.arange(80) % 2)
    theirs = WithinSubjectSplitter(n_folds=5, shuffle=False, cv_class=kind)
    assert ours(trials, "blocks") == comparable(theirs.split(trials.y, metadata(trials)))


def test_the_gap_before_a_block_is_that_of_a_series_in_time(make_trials):
    trials = make_trials(n=30, n_subjects=1, onset=False)
    trials = replace(trials, y=np.arange(30) % 2)
    series = list(TimeSeriesSplit(n_splits=4, gap=2).split(trials.y))
    folds = make_folds(trials, "blocks", replaced(gap_trials=2))[1:]
    for (train, test), fold in zip(series, folds, strict=True):
        np.testing.assert_array_equal(fold.test, test)
        np.testing.assert_array_equal(fold.train[fold.train < test.min()], train)


def replaced(**changes):
    return SplitSettings(**{**TOUCHING.model_dump(), **changes})


def test_the_published_split_is_a_predefined_one(make_trials):
    trials = make_trials(n=20, part=True)
    predefined = PredefinedSplit(np.where(trials.part == "test", 0, -1))
    assert ours(trials, "published") == comparable(predefined.split())


def test_another_dataset_is_one_group_of_moabb(make_trials):
    both = across(make_trials(n=10, seed=1), make_trials(n=8), ("there", "here"))
    table = metadata(both).assign(dataset=np.repeat(["there", "here"], [20, 16]))
    theirs = comparable(CrossDatasetSplitter().split(both.y, table))
    assert len(theirs) == 2
    assert ours(both, "cross-dataset")[0] in theirs


def test_a_fifth_of_the_subjects_is_as_many_as_scikit_learn_draws(make_trials):
    trials = make_trials(n=10, n_subjects=13)
    how = replaced(subject_seeds=[1, 2, 3])
    theirs = GroupShuffleSplit(3, test_size=0.2, random_state=0)
    sizes = {
        len(set(trials.subject[test])) for _, test in theirs.split(trials.y, groups=trials.subject)
    }
    found = {len(set(trials.subject[fold.test])) for fold in make_folds(trials, "subjects", how)}
    assert found == sizes == {3}
