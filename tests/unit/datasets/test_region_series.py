"""Region time courses in the layout of ABIDE become a table of edges."""

import h5py
import numpy as np
import pytest

from neuro.analyses.screening.study import read_study
from neuro.config import Recordings, parse_source
from neuro.config.screening import Screening
from neuro.datasets.base import DatasetError
from neuro.datasets.fetch import run
from neuro.datasets.headers import header
from neuro.datasets.listing import list_recordings
from neuro.datasets.region_series import read_series

PEOPLE = "Phenotypic_V1_0b_preprocessed1.csv"


@pytest.fixture
def abide(tmp_path):
    """Twelve people at two sites, one of them without a file, as nilearn's download lies there."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "ABIDE_pcp"
    series = folder / "cpac/nofilt_noglobal"
    series.mkdir(parents=True)
    lines = [",Unnamed: 0,SUB_ID,X,subject,SITE_ID,FILE_ID,DX_GROUP,AGE_AT_SCAN,FIQ"]
    values = {}
    for i in range(12):
        site, who = ("PITT", "UM_1")[i % 2], 50003 + i
        name = "no_filename" if i == 11 else f"{site.title()}_{who:07d}"
        iq = "-9999" if i == 3 else 90 + i
        lines.append(f"{i},{i},{who},{i},{who},{site},{name},{1 + i // 6},{10.5 + i},{iq}")
        if i == 11:
            continue
        values[str(who)] = rng.normal(size=(40, 4))
        if i == 2:
            values[str(who)][:, 1] = 0.0
        header = "\t".join(f"#{k}" for k in (2001, 2002, 2031, 9170))
        body = "\n".join("\t".join(f"{v:.6f}" for v in row) for row in values[str(who)])
        (series / f"{name}_rois_cc200.1D").write_text(f"{header}\n{body}\n")
    (folder / PEOPLE).write_text("\n".join(lines) + "\n")
    keys = {"type": "region_series", "path": str(folder), "people": PEOPLE}
    return keys | {"pattern": "**/*_{subject}_rois_cc200.1D"}, values


def test_abide_becomes_edges_that_are_screened(abide, tmp_path):
    source, values = parse_source(abide[0]), abide[1]
    (recording,) = list_recordings(source, Recordings(), "abide-pitt", "features")
    run(source, "abide-pitt", None, tmp_path / "data/fetch.json", modality="features")
    path = tmp_path / "data/bids" / recording.path
    assert header(tmp_path / "data/bids", recording, "features")["n_channels"] == "6"
    with h5py.File(path) as file:
        table, names = file["features"][()], file["names"].asstr()[()].tolist()
    assert names[:2] == ["2001-2002", "2001-2031"]
    expected = np.arctanh(np.corrcoef(values["50003"].T)[np.triu_indices(4, 1)])
    np.testing.assert_allclose(table[0], expected, atol=1e-5)
    # A region that is zero in the second person of the first site is missing there alone.
    assert np.isnan(table[1]).tolist() == [True, False, False, True, True, False]
    assert np.isnan(table).sum() == 3
    study = read_study(path, Screening(outcome="DX_GROUP", covariates=["AGE_AT_SCAN", "SITE_ID"]))
    assert study.outcome.n == 11
    assert study.classes == ("1", "2")
    assert study.covariates.shape == (11, 2)
    incomplete = read_study(path, Screening(outcome="FIQ"))
    assert incomplete.outcome.n == 10
    assert any("1 of 11 participants have no FIQ" in text for text in incomplete.warnings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"people": "none.csv"}, "no file .*none.csv"),
        ({"pattern": "*_{subject}_rois_aal.1D"}, "fits no path below"),
        ({"identity": "EID"}, "lacks the column 'EID'"),
        ({"identity": "SITE_ID"}, "'PITT' is there twice"),
        ({"identity": "FILE_ID"}, "'0050003' is no FILE_ID"),
    ],
)
def test_what_does_not_fit_is_told(abide, tmp_path, change, message):
    source = parse_source(abide[0] | change)
    with pytest.raises(DatasetError, match=message):
        run(source, "abide", None, tmp_path / "data/fetch.json", modality="features")


def test_files_of_other_regions_are_told(abide, tmp_path):
    source = parse_source(abide[0])
    (path, *_) = sorted((tmp_path / "ABIDE_pcp").rglob("*rois_cc200.1D"))
    path.write_text(path.read_text().replace("#9170", "#9171"))
    with pytest.raises(DatasetError, match=r"not the 4 of the first file, e\.g\. 9170, 9171"):
        run(source, "abide", None, tmp_path / "data/fetch.json", modality="features")


def test_tables_with_and_without_names_are_read(tmp_path):
    text = tmp_path / "a.csv"
    text.write_text("left,right\n1,2\n3,4\n6,5\n")
    names, values = read_series(text)
    assert names == ["left", "right"]
    assert values.tolist() == [[1, 2], [3, 4], [6, 5]]
    text.write_text("1 2\n3 4\n6 5\n")
    assert read_series(text)[0] == ["1", "2"]
    for bad, message in (
        ("1 2\n3 x\n", "not a table"),
        ("1 2\n3 4\n", "at least 3 of 2"),
        ("a b c\n1 2\n", "3 names for 2"),
    ):
        text.write_text(bad)
        with pytest.raises(DatasetError, match=message):
            read_series(text)


def test_the_pattern_names_people():
    with pytest.raises(ValueError, match="must hold the placeholder"):
        parse_source({"type": "region_series", "path": ".", "pattern": "*.1D", "people": "a.csv"})
