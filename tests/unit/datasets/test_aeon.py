"""Text of the UEA archive becomes trials, or one clear error."""

import numpy as np
import pytest

from neuro.datasets.arrange.aeon import arrange, read_ts
from neuro.datasets.base import DatasetError
from neuro.io.trials import read_trials

HEAD = "#remark\n@problemName x\n@classLabel true up down\n@data\n"
BODY = "1,2,3:4,5,6:up\n7,8,9:1,1,1:down\n"


def write(tmp_path, train=HEAD + BODY, test=HEAD + "0,0,1:2,2,2:down\n"):
    (tmp_path / "X").mkdir(exist_ok=True)
    (tmp_path / "X/X_TRAIN.ts").write_text(train)
    (tmp_path / "X/X_TEST.ts").write_text(test)
    return tmp_path


def test_values_labels_parts_and_attributes_are_kept(tmp_path):
    told = {"sfreq": 50.0, "channel_type": "eeg", "note": "mind", "tmin": -0.1}
    arrange(write(tmp_path), tmp_path / "tree", name="X", label="x", classes={"up": "u"}, **told)
    trials = read_trials(tmp_path / "tree/sub-x/trials/sub-x_trials.h5")
    assert trials.data.tolist()[0] == [[1, 2, 3], [4, 5, 6]]
    assert trials.labels.tolist() == ["u", "down", "down"]
    assert trials.part.tolist() == ["train", "train", "test"]
    assert (trials.sfreq, trials.tmin, trials.note) == (50.0, -0.1, "mind")
    assert trials.channels == ("1", "2")
    assert set(trials.subject) == {"unknown"}
    assert np.isnan(trials.onset).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + BODY + "1,2,3:4,5", r"line 7: channels of unequal length|line 7: a trial of 1"),
        (HEAD + BODY + "1,2,3:4,5:up\n", r"line 7: channels of unequal length \[3, 2\]"),
        (HEAD + BODY + "1,2:4,5:up\n", r"line 7: a trial of 2 channels x 2 values; the first"),
        (HEAD + BODY + "1,2,?:4,5,6:up\n", "line 7: missing values"),
        (HEAD + BODY + "1,2,NaN:4,5,6:up\n", "line 7: missing values"),
        (HEAD + BODY + "1,2,inf:4,5,6:up\n", "line 7: values that are not finite"),
        (HEAD + BODY + "1,2,x:4,5,6:up\n", "line 7: could not convert"),
        (HEAD + BODY + "1,2,3:4,5,6:left\n", r"line 7: label 'left' is none of \['up', 'down'\]"),
        (HEAD + BODY + "1,2,3", "line 7: no label after the values"),
        (HEAD, "holds no trials"),
        (HEAD.replace("@data", "@"), "holds no trials"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, message):
    write(tmp_path, train=text)
    with pytest.raises(DatasetError, match=message):
        read_ts(tmp_path / "X/X_TRAIN.ts")


def test_parts_of_other_shape_are_an_error(tmp_path):
    write(tmp_path, test=HEAD + "1,2:3,4:up\n")
    with pytest.raises(DatasetError, match=r"differ in shape: \(2, 3\) and \(2, 2\)"):
        arrange(tmp_path, tmp_path / "t", name="X", label="x", sfreq=1.0, channel_type="eeg")
