"""Tables of people beside recordings, as multi-site studies are laid out."""

import nibabel
import numpy as np
import pytest

from neuro.config.source import FilesSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.region_series import read_series
from neuro.io.tables import read_tsv

TABLE = """ScanDir ID,Site,Gender,Age,DX
10064,5,0,9.5,1
10042,1,1,-999,0
21,1,1,8,pending
"""


def lay_out(folder):
    """Images by site and subject, and one table, as the preprocessed ADHD-200 has them."""
    for site, label in (("NYU", "0010064"), ("KKI", "0010042")):
        path = folder / site / label / f"sfnwmrda{label}_session_1_rest_1.nii.gz"
        path.parent.mkdir(parents=True)
        image = nibabel.Nifti1Image(np.full((2, 2, 2, 5), int(label), np.int32), np.eye(4))
        image.header.set_zooms((1, 1, 1, 2.0))
        nibabel.save(image, path)
    (folder / "phenotypic.csv").write_text(TABLE)


def take(tmp_path, **keys):
    settings = {
        "type": "files",
        "path": str(tmp_path / "study"),
        "pattern": "*/{subject}/sfnwmrda{subject}_session_{session}_rest_*.nii.gz",
        "task": "rest",
        "people": "phenotypic.csv",
        "identity": "ScanDir ID",
    }
    config = FilesSource(**(settings | keys))
    record = tmp_path / "data/mine/fetch.json"
    fetch.run(config, "mine", None, record, progress=False, modality="fmri")
    return record.parent / "bids"


def test_images_with_a_table_of_people_become_a_tree(tmp_path):
    lay_out(tmp_path / "study")
    root = take(tmp_path)
    found = scan(root, "fmri")
    assert [r.path for r in found] == [
        f"sub-{label}/ses-1/func/sub-{label}_ses-1_task-rest_bold.nii.gz"
        for label in ("0010042", "0010064")
    ]
    people = read_tsv(root / "participants.tsv").set_index("participant_id")
    assert set(people.index) == {"sub-0010042", "sub-0010064"}  # the third has no image
    assert people.loc["sub-0010064", ["Site", "DX"]].tolist() == [5, 1]
    assert np.isnan(people.loc["sub-0010042", "Age"])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"people": "who.csv"}, r"source\.people: no file .*who\.csv"),
        ({"identity": "SUB_ID"}, r"lacks the column 'SUB_ID' \(.*identity\); it has Age"),
    ],
)
def test_tables_that_do_not_tell(tmp_path, keys, message):
    lay_out(tmp_path / "study")
    with pytest.raises(DatasetError, match=message):
        take(tmp_path, **keys)


def test_people_who_are_twice_or_missing(tmp_path):
    lay_out(tmp_path / "study")
    table = tmp_path / "study/phenotypic.csv"
    table.write_text(TABLE + "0010042,1,1,8,0\n")
    with pytest.raises(DatasetError, match="'10042' is there twice"):
        take(tmp_path)
    table.write_text("\n".join(TABLE.splitlines()[:2]))
    with pytest.raises(DatasetError, match="'0010042' is no ScanDir ID of phenotypic"):
        take(tmp_path)


def test_time_courses_of_3droistats(tmp_path):
    path = tmp_path / "x_TCs.1D"
    path.write_text("File\tSub-brick\tMean_1\tMean_2\n" + "".join(
        f"x.nii.gz\t{k}[?]\t{k}.5\t{-k}\n" for k in range(4)
    ))  # fmt: skip
    names, values = read_series(path)
    assert names == ["Mean_1", "Mean_2"]
    np.testing.assert_array_equal(values[:, 0], [0.5, 1.5, 2.5, 3.5])
