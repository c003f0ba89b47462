"""No split lets a subject, a block or a neighbor be on both sides."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuro.analyses.eegbench.splits import Fold, make_folds, overlapping
from neuro.analyses.eegbench.trials import Sensors, Trials
from neuro.config.eegbench import SplitSettings


@st.composite
def some_trials(draw):
    """Trials of 1 to 7 subjects and two recordings each, shuffled, with onsets or without."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    n_subjects, n = draw(st.integers(1, 7)), draw(st.integers(30, 60))
    total = n * n_subjects
    onset = np.tile(np.concatenate([np.arange(n // 2), np.arange(n - n // 2)]) * 1.5, n_subjects)
    if draw(st.booleans()):
        onset = np.full(total, np.nan)
    run = np.tile(np.repeat(["1", "2"], [n // 2, n - n // 2]), n_subjects)
    empty = np.full(total, "")
    trials = Trials(
        data=np.zeros((total, 1, 10), np.float32),
        sensors=Sensors(("Cz",), ("eeg",), 10.0),
        y=np.tile(np.arange(n) // draw(st.integers(1, 3)) % 2, n_subjects),
        classes=("a", "b"),
        subject=np.repeat([f"s{k}" for k in range(n_subjects)], n),
        session=empty,
        run=run,
        onset=onset,
        part=empty,
    )
    if np.isnan(onset).any():
        return trials
    return trials.take(rng.permutation(total))


@given(some_trials(), st.floats(0, 4), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_group_is_on_both_sides_and_neighbors_keep_their_distance(trials, gap, gap_trials):
    how = SplitSettings(gap=gap, gap_trials=gap_trials, n_blocks=3)
    n_subjects = len(set(trials.subject))
    splits = {"blocks", "few-shot"}
    splits |= {"leave-one-subject-out"} if n_subjects > 1 else set()
    splits |= {"subjects"} if n_subjects >= 5 else set()
    for split in splits:
        for fold in make_folds(trials, split, how):
            assert not np.intersect1d(fold.train, fold.test).size
            assert len(fold.groups) == len(fold.train) > 0
            assert len(np.unique(fold.groups)) > 1
            if split in ("leave-one-subject-out", "subjects"):
                assert not np.intersect1d(
                    trials.subject[fold.train], trials.subject[fold.test]
                ).size
            else:
                assert set(trials.subject[fold.train]) == {fold.subject}
                _check_distance(trials, fold, how)


def _check_distance(trials, fold, how):
    for name in set(trials.recording[fold.test]):
        train = fold.train[trials.recording[fold.train] == name]
        test = fold.test[trials.recording[fold.test] == name]
        if not len(train):
            continue
        if np.isnan(trials.onset).any():
            assert np.abs(train[:, None] - test).min() > how.gap_trials
        else:
            distance = np.abs(trials.onset[train][:, None] - trials.onset[test]).min()
            assert distance >= 1.0 + how.gap - 1e-9


def test_blocks_cover_each_trial_once(make_trials):
    trials = make_trials(n=50)
    folds = make_folds(trials, "blocks", SplitSettings(gap=0))
    assert len(folds) == 10
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(100))


def test_few_shot_trains_on_what_comes_first(make_trials):
    trials = make_trials(n=60, n_subjects=1)
    for fold, share in zip(
        make_folds(trials, "few-shot", SplitSettings()), (0.1, 0.3, 0.5), strict=True
    ):
        assert np.bincount(trials.y[fold.train]).tolist() == [round(share * 30)] * 2
        assert trials.onset[fold.train].max() + 2 < trials.onset[fold.test].min()


def test_a_seed_draws_the_same_subjects_and_patients_are_drawn_within_classes(make_trials):
    trials = make_trials(n=10, n_subjects=10)
    first, again = (make_folds(trials, "subjects", SplitSettings()) for _ in range(2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(first, again, strict=True))
    assert len({tuple(fold.test) for fold in first}) > 1
    patients = replace(trials, y=(trials.subject < "s5").astype(np.intp))
    for fold in make_folds(patients, "subjects", SplitSettings()):
        assert np.bincount(patients.y[fold.test]).tolist() == [10, 10]


def test_published_keeps_to_the_publisher_and_groups_have_all_classes(make_trials):
    trials = make_trials(part=True)
    (fold,) = make_folds(trials, "published", SplitSettings())
    assert set(trials.part[fold.train]) == {"train"}
    for group in set(fold.groups):
        assert set(trials.y[fold.train][fold.groups == group]) == {0, 1}
    with pytest.raises(ValueError, match="no published split"):
        make_folds(make_trials(), "published", SplitSettings())


def test_what_cannot_be_split_is_an_error(make_trials):
    one = make_trials(n_subjects=1)
    with pytest.raises(ValueError, match=r"at least 2 subjects, got \['s0'\]"):
        make_folds(one, "leave-one-subject-out", SplitSettings())
    with pytest.raises(ValueError, match="at least 5 subjects, got 1"):
        make_folds(one, "subjects", SplitSettings())
    sorted_by_class = replace(one, y=np.repeat([0, 1], 20))
    with pytest.raises(ValueError, match=r"s0, block 1: no test trial of \['b'\]"):
        make_folds(sorted_by_class, "blocks", SplitSettings())


def test_overlapping_windows_are_found(make_trials):
    trials = make_trials(n=20, n_subjects=1)
    close = replace(trials, onset=trials.onset * 0.2)
    even, odd = np.arange(0, 20, 2), np.arange(1, 20, 2)
    fold = Fold("x", "s0", even, odd, np.full(10, "g"))
    assert overlapping(close, [fold]) == ["x: 10 of 10 training trials overlap the test"]
    assert overlapping(trials, [fold]) == []
