"""Everything that is wrong with a recording is one clear error, before any voxel is read."""

import gzip
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from neuro.config.fmri import FMRIPreprocess
from neuro.preprocess.fmri import matrix, reading
from neuro.preprocess.fmri.reading import open_recording
from neuro.preprocess.fmri.sidecars import beside
from neuro.preprocess.fmri.volumes import open_volumes, stream

EVENTS = {"a": ["a"], "b": ["b", "c"]}


@pytest.fixture(autouse=True)
def _no_voxels(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any) -> None:
        raise AssertionError("voxels were read")

    monkeypatch.setattr(matrix, "scan", never)


def opened(tree: Any, events: Any = None, **params: Any) -> reading.Source:
    return open_recording(tree.root, tree.recording, FMRIPreprocess(**params), events or {})


def test_what_lies_beside_is_found(fmri_tree: Any) -> None:
    fmri_tree.confounds()
    fmri_tree.table("events", {"onset": [4.0], "duration": [2.0], "trial_type": ["a"]})
    source = opened(fmri_tree, {"a": ["a"]})
    assert (source.kind, source.tr, source.n_times) == ("preprocessed", 2.0, 60)
    assert source.mask_path.name == "sub-01_task-rest_desc-brain_mask.nii.gz"
    assert source.confounds_path.name.endswith("_desc-confounds_timeseries.tsv")
    assert source.events_path.name == "sub-01_task-rest_events.tsv"
    assert "confounds is null" in source.notes[0]


def test_the_most_particular_file_wins(fmri_tree: Any) -> None:
    (fmri_tree.root / "task-rest_events.tsv").write_text("")
    (fmri_tree.root / "task-other_events.tsv").write_text("")
    (fmri_tree.func / "sub-01_task-rest_events.tsv").write_text("")
    found = beside(fmri_tree.root, fmri_tree.recording, "events", [".tsv"])
    assert [path.name for path in found] == ["sub-01_task-rest_events.tsv", "task-rest_events.tsv"]


def test_raw_volumes_point_to_fmriprep_and_name_both_remedies(raw_tree: Any) -> None:
    with pytest.raises(ValueError, match=r"raw.*fMRIPrep.*desc-preproc_bold.*preprocess\.chain"):
        opened(raw_tree)
    assert opened(raw_tree, preprocessed=True).kind == "preprocessed"
    assert opened(raw_tree, chain=["realign"]).kind == "raw"


def test_a_chain_is_not_for_what_is_preprocessed(fmri_tree: Any) -> None:
    with pytest.raises(ValueError, match="chain is for raw volumes"):
        opened(fmri_tree, chain=["realign"])


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_truncated_file_tells_both_sizes(fmri_tree: Any, ending: str) -> None:
    path = fmri_tree.func / f"cut{ending}"
    nib.Nifti1Image(fmri_tree.data, np.eye(4)).to_filename(path)
    open_volumes(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"truncated: .*121312 bytes.*found [1-9]\d{3,}"):
        open_volumes(path)


def test_a_whole_file_in_several_compressed_parts_is_whole(fmri_tree: Any) -> None:
    path = fmri_tree.func / "parts.nii.gz"
    image = nib.Nifti1Image(fmri_tree.data, np.eye(4)).to_bytes()
    path.write_bytes(gzip.compress(image[:5000]) + gzip.compress(image[5000:]))
    assert open_volumes(path).n_times == 60


def test_streaming_gives_nibabels_values(fmri_tree: Any) -> None:
    image = nib.Nifti1Image((fmri_tree.data * 2).astype(np.int16), np.eye(4))
    image.header.set_slope_inter(0.5, 3)
    path = fmri_tree.func / "scaled.nii.gz"
    image.to_filename(path)
    expected = nib.load(path).get_fdata()
    np.testing.assert_allclose(np.stack(list(stream(path)), axis=-1), expected, rtol=1e-6)


def test_repetition_time(fmri_tree: Any) -> None:
    fmri_tree.write(fmri_tree.data, tr=2000, unit="msec")
    assert opened(fmri_tree).tr == 2.0
    fmri_tree.write(fmri_tree.data, tr=1.0)
    with pytest.raises(ValueError, match=r"2 s in its sidecar but 1 s in its header"):
        opened(fmri_tree)
    assert opened(fmri_tree, tr=2.5).tr == 2.5
    fmri_tree.write(fmri_tree.data, tr=1.0, unit="unknown")
    assert opened(fmri_tree).tr == 2.0
    fmri_tree.sidecar(RepetitionTime=0)
    with pytest.raises(ValueError, match=r"RepetitionTime .* above 0, found 0"):
        opened(fmri_tree)
    fmri_tree.sidecar()
    with pytest.raises(ValueError, match="no repetition time: found 0 s in the header"):
        opened(fmri_tree)


def test_a_mask_of_another_grid(fmri_tree: Any) -> None:
    other = np.diag([3.0, 3, 3, 1])
    fmri_tree.mask(fmri_tree.inside, other)
    with pytest.raises(ValueError, match=r"mask\.nii\.gz: the mask has another grid"):
        opened(fmri_tree)
    fmri_tree.mask(fmri_tree.inside[:-1])
    with pytest.raises(ValueError, match=r"shape \(8, 8, 7\)"):
        opened(fmri_tree)


def test_a_given_mask_that_is_missing(fmri_tree: Any) -> None:
    (fmri_tree.func / "sub-01_task-rest_desc-brain_mask.nii.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"preprocess\.mask\.method is `given`"):
        opened(fmri_tree, mask={"method": "given"})
    assert opened(fmri_tree).mask_path is None


def test_confounds_that_do_not_fit(fmri_tree: Any) -> None:
    with pytest.raises(ValueError, match=r"asks for motion, but no confounds table"):
        opened(fmri_tree, confounds={"strategy": ["motion"]})
    with pytest.raises(ValueError, match="scrub needs framewise displacement"):
        opened(fmri_tree, scrub={})
    fmri_tree.confounds(n_times=59)
    with pytest.raises(ValueError, match="has 59 rows, but the recording has 60 volumes"):
        opened(fmri_tree)
    fmri_tree.confounds()
    with pytest.raises(ValueError, match=r"lacks column\(s\) csv.*Did you mean 'csf'"):
        opened(fmri_tree, confounds={"columns": ["csv"]})
    with pytest.raises(ValueError, match=r"strategy \['compcor', 'high_pass'\] cannot be taken"):
        opened(fmri_tree, confounds={"strategy": ["compcor", "high_pass"]})


def test_events_that_do_not_fit(fmri_tree: Any) -> None:
    with pytest.raises(FileNotFoundError, match=r"no _events\.tsv"):
        opened(fmri_tree, EVENTS)
    columns = {"onset": [0.0, 119.9], "duration": [4.0, 5.0], "trial_type": ["a", "b"]}
    fmri_tree.table("events", columns)
    opened(fmri_tree, EVENTS)
    fmri_tree.table("events", columns | {"onset": [0.0, 120.0]})
    with pytest.raises(ValueError, match=r"1 event\(s\) begin after the last volume.*120 s"):
        opened(fmri_tree, EVENTS)
    with pytest.raises(
        ValueError, match=r"no event of any condition.*It|no event.*table has: a, b"
    ):
        opened(fmri_tree, {"x": ["A1"]})
    fmri_tree.table("events", columns | {"onset": ["zero", "1"]})
    with pytest.raises(ValueError, match="column onset must hold numbers"):
        opened(fmri_tree, EVENTS)


def test_frequencies_and_lengths(fmri_tree: Any) -> None:
    with pytest.raises(ValueError, match=r"clean\.low_pass: 0\.25 Hz is not below the Nyquist"):
        opened(fmri_tree, clean={"low_pass": 0.25})
    with pytest.raises(ValueError, match=r"60 volumes with preprocess\.discard = 55"):
        opened(fmri_tree, discard=55)


def test_slice_timing_must_be_told(raw_tree: Any) -> None:
    chain = {"chain": ["slice_timing", "realign"]}
    with pytest.raises(ValueError, match="SliceTiming is missing"):
        opened(raw_tree, **chain)
    raw_tree.sidecar(RepetitionTime=2.0, SliceTiming=[0.0, 1.0])
    with pytest.raises(ValueError, match="2 entries, but the volumes have 7 slices along k"):
        opened(raw_tree, **chain)
    raw_tree.sidecar(RepetitionTime=2.0, SliceTiming=[float(i) for i in range(7)])
    with pytest.raises(ValueError, match=r"below the repetition time \(2 s\), found 0 to 6"):
        opened(raw_tree, **chain)


def test_the_t1w_image_must_be_there(raw_tree: Any) -> None:
    with pytest.raises(FileNotFoundError, match=r"no anat/\*_T1w.nii.gz"):
        opened(raw_tree, chain=["realign", "coregister"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.5\t1.25\n0.1\t0.2\n", "first row holds numbers"),
        ("a\ta\n1\t2\n", "empty or given twice"),
    ],
)
def test_a_bad_header_of_time_courses(fmri_tree: Any, text: str, message: str) -> None:
    path = fmri_tree.func / "sub-01_task-rest_timeseries.tsv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        reading.series_names(path)


def test_time_courses_that_are_no_text(fmri_tree: Any) -> None:
    path = fmri_tree.func / "sub-01_task-rest_timeseries.tsv"
    path.write_bytes(b"a\xff\tb\n1\t2\n")
    with pytest.raises(ValueError, match=r"_timeseries\.tsv: not a tab-separated table .*utf-8"):
        reading.series_names(path)


def test_bad_time_courses(fmri_tree: Any) -> None:
    path = fmri_tree.func / "x_timeseries.tsv"
    good = pd.DataFrame({"a": [1.0, 2, 3], "b": [2.0, 1, 4]})
    for column, value, message in (
        ("a", [1.0, np.nan, 3], r"missing values in parcel\(s\) a"),
        ("b", [2.0, 2, 2], r"constant parcel\(s\) b"),
        ("b", ["x", "y", "z"], "text in b"),
    ):
        good.assign(**{column: value}).to_csv(path, sep="\t", index=False, na_rep="n/a")
        with pytest.raises(ValueError, match=message):
            reading.read_series(path)


def test_unknown_units_are_an_error_that_names_the_file(fmri_tree: Any) -> None:
    data = bytearray(gzip.decompress(fmri_tree.bold.read_bytes()))
    data[123] = 5  # xyzt_units
    fmri_tree.bold.write_bytes(gzip.compress(data))
    told = f"{fmri_tree.bold.name}: its header has unknown units of space or time"
    with pytest.raises(ValueError, match=told):
        open_volumes(fmri_tree.bold)
