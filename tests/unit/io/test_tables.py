import pandas as pd
import pytest

from neuro.io.tables import read_tsv, write_tsv


def test_labels_stay_text_and_floats_keep_their_digits(tmp_path):
    table = pd.DataFrame({"subject": ["01", "2"], "value": [0.1 + 0.2, float("nan")]})
    write_tsv(tmp_path / "a.tsv", table)
    pd.testing.assert_frame_equal(read_tsv(tmp_path / "a.tsv"), table, check_dtype=False)
    assert (tmp_path / "a.tsv").read_text().splitlines()[2] == "2\tn/a"


def test_a_byte_order_mark_is_not_part_of_a_name(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b"\xef\xbb\xbfonset\ttrial_type\n1.0\tface\n")
    assert list(read_tsv(tmp_path / "a.tsv")) == ["onset", "trial_type"]


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "a.tsv").write_text("onset\n1.0\n")
    with pytest.raises(ValueError, match=r"a\.tsv: lacks column\(s\) \['trial_type'\]"):
        read_tsv(tmp_path / "a.tsv", ("onset", "trial_type"))


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "a.tsv").write_text("")
    with pytest.raises(ValueError, match=r"a\.tsv: not a tab-separated table"):
        read_tsv(tmp_path / "a.tsv")


def test_no_cell_is_a_formula(tmp_path):
    names = ["=1+1", "@SUM(A1)", "-cmd|' /C calc'!A0", "+x", "-1.5", "Fp1", "'quoted'"]
    table = pd.DataFrame({"=name": names, "value": range(len(names))})
    write_tsv(tmp_path / "a.tsv", table)
    header, *lines = (tmp_path / "a.tsv").read_text().splitlines()
    begin = [line.split("\t")[0][0] for line in (header, *lines)]
    assert begin == ["'", "'", "'", "'", "'", "-", "F", "'"]
    pd.testing.assert_frame_equal(read_tsv(tmp_path / "a.tsv"), table, check_dtype=False)


def test_a_table_of_bytes_is_named(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b"a\tb\n\xff\xfe\t1\n")
    with pytest.raises(ValueError, match=r"a\.tsv: not a tab-separated table.*utf-8"):
        read_tsv(tmp_path / "a.tsv")
