import base64
import json
from pathlib import Path

import numpy as np
import pytest

from neuro.io.manifest import KeyNumber
from neuro.report import build
from neuro.report.triage import _usual
from neuro.report.views import views_of
from neuro.report.views.erp import flatten
from neuro.report.views.pack import to_json, whole


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        ([100.0] * 11 + [40.0], {40.0}),
        ([1.0, 1.1, 0.9, 1.05, 0.95, 9.0], {9.0}),
        ([1.0, 2.0, 3.0, 4.0, 5.0], set()),
        ([2.0] * 8, set()),
        ([1.0, 1.0, 1.0, 900.0], set()),  # too few to tell
    ],
)
def test_what_lies_far_from_the_others_is_unusual(values, odd):
    low, high = _usual(values)
    assert {v for v in values if not low <= v <= high} == odd


def test_recordings_are_judged_within_their_dataset(tmp_path, make):
    """In the other dataset the same number is the usual one."""
    values = {"faces": [4.0, 5.0, 5.0, 6.0, 30.0], "other": [30.0, 31.0, 29.0, 30.0, 32.0]}
    manifests = [
        make(name, recording=f"sub-{k}", key_numbers=[KeyNumber(name="bad", value=value)])
        for name, own in values.items()
        for k, value in enumerate(own)
    ]
    build(
        manifests, tmp_path / "report/index.html", title="T", kinds={"faces": "eeg", "other": "eeg"}
    )
    page = (tmp_path / "report/pages/quality.html").read_text()
    assert page.count('<section class="triage"') == 1
    assert page.count("(unusual)") == 1
    row = page[page.index('data-recording="sub-4"') :]
    assert "(unusual)" in row[: row.index("</tr>")]


def test_numbers_are_packed_to_within_a_step():
    values = np.random.default_rng(0).normal(size=(3, 5))
    most = np.abs(values).max()
    back = np.frombuffer(base64.b64decode(whole(values, most)), "<i2") * most / 32767
    np.testing.assert_allclose(back.reshape(3, 5), values, atol=most / 32767)
    shares = np.array([0.0, 0.5, 1.0])
    back = np.frombuffer(base64.b64decode(whole(shares, 1.0, "u1")), "u1") / 255
    np.testing.assert_allclose(back, shares, atol=1 / 255)
    assert whole(np.zeros(2), 0.0) == whole(np.zeros(2), 1.0)


def test_data_end_no_element():
    name = "</script><script>alert(1)</script>&<!--"
    text = to_json({"name": name})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"name": name}


def test_the_head_is_seen_from_above():
    places = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [-0.5, 0, np.sqrt(0.75)]])
    expected = [[0, 0], [1, 0], [0, 1], [-1 / 3, 0]]
    np.testing.assert_allclose(flatten(0.09 * places), expected, atol=1e-12)


def test_only_named_files_are_looked_into(tmp_path):
    from neuro.io import hdf5
    from neuro.io.hdf5 import Array
    from neuro.io.manifest import Manifest
    from neuro.report.gather import Source, Word

    names, mean = ["a", "b", "c"], np.array([[1, 0.5, -0.2], [0.5, 1, 0.1], [-0.2, 0.1, 1]])
    path = tmp_path / "connectivity.h5"
    arrays = {"names": Array(names, ("p",)), "mean/correlation": Array(mean, ("p", "p"))}
    hdf5.write(path, arrays, {})
    about = Manifest(word="preprocess", dataset="d", title="t", question="q")
    word = Word("preprocess", Source(tmp_path / "manifest.json", about), ())
    assert views_of(word, set()) == ()
    assert views_of(word, {Path("connectivity.h5")}) == ()
    (view,) = views_of(word, {path})
    assert view == views_of(word)[0]
    (network,) = json.loads(view.data)["networks"]
    assert network["edges"] == [[0, 1, 0.5], [0, 2, -0.2], [1, 2, 0.1]]
