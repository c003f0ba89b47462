import numpy as np
import pytest

from neuro.analyses.eegbench.trials import Sensors, Trials


def make(n: int = 4) -> Trials:
    empty = np.full(n, "", dtype=np.str_)
    return Trials(
        data=np.arange(n * 6, dtype=np.float32).reshape(n, 2, 3),
        sensors=Sensors(("C3", "C4"), ("eeg", "eeg"), 100.0),
        y=np.arange(n) % 2,
        classes=("left", "right"),
        subject=np.array([f"s{k // 2}" for k in range(n)]),
        session=empty,
        run=empty,
        onset=np.arange(n, dtype=float),
        part=empty,
    )


def test_taking_trials_takes_everything_that_belongs_to_them() -> None:
    taken = make().take(np.array([3, 1]))
    assert taken.onset.tolist() == [3, 1]
    assert taken.subject.tolist() == ["s1", "s0"]
    assert taken.data[0, 0, 0] == 18
    assert taken.recording.tolist() == ["s1//", "s0//"]


def test_a_trial_with_nan_is_named() -> None:
    data = make().data.copy()
    data[2, 1, 0] = np.nan
    with pytest.raises(ValueError, match="trial 2 of subject s1"):
        Trials(**{**vars(make()), "data": data})


def test_lengths_and_classes_must_agree() -> None:
    with pytest.raises(ValueError, match="4 trials, but 3 of `subject`"):
        Trials(**{**vars(make()), "subject": np.array(["a", "b", "c"])})
    with pytest.raises(ValueError, match="y must be from 0 to 1"):
        Trials(**{**vars(make()), "y": np.array([0, 1, 2, 0])})
