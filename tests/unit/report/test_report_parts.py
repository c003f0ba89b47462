import json
from pathlib import Path

import pytest
import yaml

from neuro.io.manifest import Manifest
from neuro.report import Failure, images, read_failures, spec, tsv
from neuro.report.assets import slug
from neuro.report.facts import PACKAGES, facts
from neuro.report.failures import remedy
from neuro.report.gather import Source
from neuro.report.numbers import THIN


def _record(folder: Path, name: str, **changes: object) -> Path:
    record = {
        "rule": "preprocess_eeg",
        "wildcards": {"dataset": "faces", "recording": "sub-01/eeg/sub-01", "fold": "3"},
        "error": "ValueError: no events\nin line 2",
        "log": "logs/a.log",
    }
    path = folder / name
    path.write_text(json.dumps({**record, **changes}))
    return path


def test_failures_are_read_and_sorted(tmp_path):
    _record(tmp_path, "a.json", wildcards={"dataset": "houses"})
    _record(tmp_path, "b.json", wildcards={"dataset": "faces", "recording": "sub-02"})
    (tmp_path / "deep").mkdir()
    _record(tmp_path / "deep", "c.failure.json")
    found = read_failures(tmp_path)
    names = [(f.dataset, f.recording) for f in found]
    assert names == [("faces", "sub-01"), ("faces", "sub-02"), ("houses", "")]
    assert found[0] == Failure(
        "preprocess_eeg", "faces", "sub-01", "ValueError: no events\nin line 2", "logs/a.log"
    )


def test_no_folder_means_no_failures(tmp_path):
    assert read_failures(tmp_path / "absent") == []


@pytest.mark.parametrize("change", [{"log": 3}, {"extra": ""}, {"wildcards": "faces"}])
def test_a_file_that_is_no_record_is_an_error_that_names_it(tmp_path, change):
    path = _record(tmp_path, "a.json", **change)
    with pytest.raises(ValueError, match="not a record of a failure") as error:
        read_failures(tmp_path)
    assert str(path) in str(error.value)
    assert next(iter(change)) in str(error.value)


def test_what_the_error_says_is_set_apart_from_its_traceback():
    frames = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\n    ~^^'
    says = "ValueError: no events\n  Found: none.\nCorrect `events`."
    failure = Failure("r", "d", "s", f"{frames}\n{says}\n", "")
    assert failure.conclusion == says
    assert failure.traceback == frames
    plain = Failure("r", "d", "s", says, "")
    assert (plain.conclusion, plain.traceback) == (says, "")


def test_chained_errors_conclude_with_the_last():
    frame = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\n'
    chained = f"{frame}KeyError: 'a'\n\nThe above exception was the cause:\n\n{frame}ValueError: b"
    assert Failure("r", "d", "s", chained, "").conclusion == "ValueError: b"


def test_remedy_is_yaml_for_config():
    names = [("faces", "sub-01"), ("faces", "sub-02"), ("faces", "sub-01"), ("x", ""), ("", "y")]
    text = remedy([Failure("r", dataset, name, "", "") for dataset, name in names])
    expected = {"datasets": {"faces": {"recordings": {"exclude": ["sub-01", "sub-02"]}}}}
    assert yaml.safe_load(text) == expected
    assert remedy([]) == ""


def test_facts_are_the_versions_that_run(monkeypatch):
    import platform

    import numpy as np

    found = facts()
    assert found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()
    monkeypatch.setitem(PACKAGES, "absent", "no-such-distribution-here")
    assert facts() == found


def test_unlisted_words_follow_in_their_order():
    assert spec.ordered(["zeta", "preprocess", "alpha", "zeta"]) == ["preprocess", "zeta", "alpha"]
    assert spec.title("zeta") == "Zeta"


@pytest.mark.parametrize("text", ["sub-01_task-rest", "evoked.svg"])
def test_safe_names_stay(text):
    assert slug(text) == text


def test_altered_names_stay_apart():
    texts = ["a b", "a/b", "a?b", "ä", "..", "", "a-b"]
    slugs = [slug(text) for text in texts]
    assert len(set(slugs)) == len(texts)
    assert not [s for s in slugs if s.startswith(".") or "/" in s]


def test_sizes_of_pictures(tmp_path):
    svg = tmp_path / "a.svg"
    svg.write_text('<?xml version="1.0"?>\n<svg width="3"\n viewBox="0 0 72.5 36" x="">')
    assert images.size(svg) == (97, 48)
    svg.write_text("<svg></svg>")
    assert images.size(svg) is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.png", b"<html>", "not a PNG file"),
        ("a.svg", b"<html>", "not an SVG file"),
        ("a.html", b"<html>", "must be one of"),
    ],
)
def test_a_file_that_is_no_picture_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        images.size(path)
    assert str(path) in str(error.value)


def test_columns_have_common_decimals(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(
        "subject\tamplitude\tp\tn\twhole\tok\tshare\n"
        "01\t-4.123456\t0.8\t1234\t3.0\tTrue\t0.5\n"
        "02\t0.5\t0.0000012\t12345\tn/a\tFalse\t0.25\n",
        encoding="utf-8-sig",
    )
    rows = tsv.read(path)
    assert rows.header == ("subject", "amplitude", "p", "n", "whole", "ok", "share")
    assert rows.numeric == (False, True, True, True, True, False, True)
    assert rows.rows == (
        ("01", "−4.123", "0.8", "1234", "3", "True", "0.50"),
        ("02", "0.500", f"1.2{THIN}×{THIN}10⁻⁶", "12,345", "n/a", "False", "0.25"),
    )


def test_a_table_without_rows_is_still_a_table(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("subject\tvalue\n")
    rows = tsv.read(path)
    assert (rows.header, rows.rows, rows.n_rows) == (("subject", "value"), (), 0)


def test_a_benchmark_links_its_leaderboard_once_it_is_there(tmp_path):
    about = Manifest(word="eegbench", dataset="toy", title="t", question="q")
    source = Source(tmp_path / "results/toy/eegbench/manifest.json", about)
    assert source.page is None
    page = tmp_path / "results/report/eegbench.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!DOCTYPE html>")
    assert source.page == page
