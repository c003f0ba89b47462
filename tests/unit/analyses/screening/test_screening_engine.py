"""Screening of tables: chunks, missing values, permutations, covariates, bad input, files."""

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from neuro.analyses.screening.engine import STATUS, screen
from neuro.analyses.screening.files import open_features
from neuro.analyses.screening.identifiers import find_identifiers
from neuro.analyses.screening.parse import parse_line
from neuro.analyses.screening.sources import ArraySource, Source
from neuro.analyses.screening.stability import expected_false, halves, stability
from neuro.stats.dependence.block import Block
from neuro.stats.dependence.methods import METHODS


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 40))
    return x, x[:, 3] - x[:, 5] + rng.normal(size=120)


@pytest.mark.parametrize("method", METHODS)
def test_chunks_and_threads_do_not_change_values(table, method):
    x, y = table
    whole = screen(x, y, method)
    pieces = screen(x, y, method, memory_mb=0.05, n_jobs=2)
    np.testing.assert_allclose(pieces.strength, whole.strength, rtol=1e-6, atol=1e-9)


def test_missing_values_are_left_out_feature_by_feature(table):
    x, y = table
    gaps = x.copy()
    gaps[10:30, 3] = np.nan
    gaps[:5, 4] = np.nan
    found = screen(gaps, y, "knn")
    alone = METHODS["knn"](
        Block(np.delete(x[:, 3], np.s_[10:30])[None]), Block(np.delete(y, np.s_[10:30])[None])
    )
    assert found.strength[3] == alone[0]
    assert found.n_used[[3, 4, 5]].tolist() == [100, 115, 120]
    np.testing.assert_array_equal(found.strength[5:], screen(x, y, "knn").strength[5:])


def test_what_cannot_be_scored_is_told(table):
    x, y = table
    x = x.copy()
    x[:, 0], x[:, 1], x[5:, 2] = 7.0, np.nan, np.nan
    found = screen(x, y, n_permutations=9, rng=np.random.default_rng(0))
    assert [STATUS[code] for code in found.status[:4]] == ["constant", "missing", "too few", "ok"]
    assert found.strength[0] == 0
    assert np.isnan(found.strength[1:3]).all()
    assert np.isnan(found.significance.q[1:3]).all()
    assert set(found.ranking[-2:]) == {1, 2}
    assert found.ranking[0] in (3, 5)


def test_infinite_values_are_named(table):
    x, y = table
    frame = pd.DataFrame(x, columns=[f"edge {i}" for i in range(40)])
    frame.loc[17, "edge 9"] = -np.inf
    with pytest.raises(ValueError, match=r"'edge 9' \(column 9\) is infinite in 1 .* sample 17"):
        screen(frame, y)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (np.zeros(120), "has one value only"),
        (np.array(["patient"] * 120), "one class only .'patient'"),
        (np.arange(119.0), "120 samples, but the outcome has 119"),
        (np.r_[np.nan, np.arange(119.0)], "missing or infinite"),
        (np.array([None, *["a", "b"] * 59, "a"], dtype=object), "missing label"),
        (np.array([f"sub-{i}" for i in range(120)]), "is it an identifier"),
        (np.zeros((120, 2)), "one dimension"),
    ],
)
def test_outcomes_that_cannot_be_used(table, outcome, message):
    with pytest.raises(ValueError, match=message):
        screen(table[0], outcome)


def test_few_samples_and_text_features_are_refused(table):
    x, y = table
    with pytest.raises(ValueError, match="at least 8"):
        screen(x[:6], y[:6])
    with pytest.raises(ValueError, match="must be numbers"):
        screen(x.astype(str), y)
    with pytest.raises(ValueError, match="two dimensions"):
        screen(x[:, 0], y)
    with pytest.raises(ValueError, match="pass `rng`"):
        screen(x, y, n_permutations=5)


@pytest.mark.parametrize("method", ["kde_score", "pearson"])
def test_p_is_uniform_on_noise_and_small_on_signal(method):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 300)), rng.normal(size=60)
    found = screen(x, y, method, n_permutations=199, rng=rng).significance
    assert kstest(found.p, "uniform").pvalue > 0.01
    assert found.q.min() > 0.05
    x[:, 7] = y + 0.3 * rng.normal(size=60)
    found = screen(x, y, method, n_permutations=199, rng=rng).significance
    assert found.p.argmin() == 7
    assert found.p_max[7] == pytest.approx(1 / 200)
    # Ranks without ties share one null, so p can be far below one in 200.
    assert (found.p[7] < 1e-4) == METHODS[method].by_rank


def test_permutations_are_those_of_the_generator(table):
    first, second = (
        screen(*table, n_permutations=20, rng=np.random.default_rng(3)).significance.p
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_covariates_take_what_they_explain(table):
    rng = np.random.default_rng(2)
    age = rng.normal(size=120)
    x = rng.normal(size=(120, 30))
    x[:, 0] += 2 * age
    y = 2 * age + x[:, 1] + 0.5 * rng.normal(size=120)
    assert screen(x, y).ranking[0] == 0
    adjusted = screen(x, y, covariates=age)
    assert adjusted.ranking[0] == 1
    assert adjusted.strength[0] < adjusted.strength[1] / 5
    given = screen(x, y, "knn", covariates=age, adjust="conditional")
    assert given.ranking[0] == 1
    assert given.strength[0] < given.strength[1] / 3


def test_strata_of_a_site_are_screened_one_by_one():
    rng = np.random.default_rng(3)
    site = np.repeat([0, 1], 80)
    x = rng.normal(size=(160, 10))
    x[:, 0] += 5 * site
    y = 5 * site + x[:, 1] + rng.normal(size=160)
    assert screen(x, y, "gaussian").ranking[0] == 0
    within = screen(
        x, y, "gaussian", covariates=site, adjust="conditional", n_permutations=50, rng=rng
    )
    assert within.ranking[0] == 1
    assert within.significance.p[0] > 0.05
    each = [screen(x[site == s], y[site == s], "gaussian").strength for s in (0, 1)]
    np.testing.assert_allclose(within.strength, np.mean(each, axis=0))


@pytest.mark.parametrize(
    ("covariates", "adjust", "message"),
    [
        (np.zeros(119), "residualise", "one row for each of the 120"),
        (np.full(120, np.nan), "residualise", "missing or infinite"),
        (np.linspace(0, 1, 120), "conditional", "is no category"),
        (np.r_[np.zeros(117), np.ones(3)], "conditional", "has 3 samples"),
    ],
)
def test_covariates_that_cannot_be_used(table, covariates, adjust, message):
    with pytest.raises(ValueError, match=message):
        screen(*table, "gaussian", covariates=covariates, adjust=adjust)


def test_stable_features_are_selected_in_every_half(table):
    x, y = table
    share = stability(x, y, 5, 10, np.random.default_rng(4))
    assert share[[3, 5]].min() > 0.9
    assert np.median(share) < 0.2
    assert share.sum() == pytest.approx(5)
    assert expected_false(5, 40, 0.9) == pytest.approx(25 / (0.8 * 40))


def test_halves_are_disjoint_and_keep_classes():
    labels = np.repeat([0.0, 1.0], [11, 20])
    first, second = halves(Block(labels[None], True), np.random.default_rng(0))
    assert sorted([*first, *second]) == list(range(31))
    assert abs(np.sum(first < 11) - np.sum(second < 11)) == 1
    assert np.sum(first >= 11) == 10


class _Endless(Source):
    """More features than memory would hold, made when they are asked for."""

    n_samples, n_features = 50, 10**12

    def columns(self, start, stop):
        return np.random.default_rng(start).normal(size=(50, stop - start))


def test_memory_is_bounded_by_the_setting():
    with pytest.raises(MemoryError, match="screen them part by part"):
        screen(_Endless(), np.arange(50.0))
    widths = []

    class Watched(_Endless):
        n_features = 20_000

        def columns(self, start, stop):
            widths.append(stop - start)
            return super().columns(start, stop)

    screen(Watched(), np.arange(50.0), "pearson", memory_mb=4)
    assert max(widths) * 50 * 8 * 8 <= 4e6
    assert sum(widths) == 20_000


# Files


@pytest.fixture
def written(tmp_path, table):
    """The same table in every format."""
    x, y = table
    x = x.copy()
    x[3, 7] = np.nan
    names = [f"edge{i}" for i in range(40)]
    frame = pd.DataFrame(x, columns=names)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["features"] = x
        file["names"] = names
        file["outcome"] = y
    np.save(tmp_path / "a.npy", x)
    frame = pd.concat([pd.DataFrame({"who": [f"s{i}" for i in range(120)]}), frame], axis=1)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t", na_rep="n/a")
    frame.to_parquet(tmp_path / "a.parquet")
    return tmp_path, x, y, names


@pytest.mark.parametrize("ending", ["h5", "npy", "csv", "tsv", "parquet"])
def test_files_give_what_memory_gives(written, ending):
    folder, x, y, names = written
    exclude = ["who"] if ending in ("csv", "tsv", "parquet") else []
    source = open_features(folder / f"a.{ending}", exclude=exclude)
    np.testing.assert_array_equal(source.columns(0, 40), x)
    if ending != "npy":
        assert source.names(0, 40) == names
    streamed = screen(source, y, "knn", memory_mb=0.1)
    np.testing.assert_array_equal(streamed.strength, screen(x, y, "knn").strength)


def test_genotypes_of_plink(tmp_path):
    rng = np.random.default_rng(5)
    copies = rng.choice([0.0, 1.0, 2.0, np.nan], size=(30, 25), p=[0.4, 0.3, 0.2, 0.1])
    code = np.where(np.isnan(copies), 1, np.array([3, 2, 0])[np.nan_to_num(copies).astype(int)])
    padded = np.zeros((25, 32), np.uint8)
    padded[:, :30] = code.T
    quads = padded.reshape(25, 8, 4)
    packed = sum(quads[:, :, i] << (2 * i) for i in range(4)).astype(np.uint8)
    (tmp_path / "g.bed").write_bytes(b"\x6c\x1b\x01" + packed.tobytes())
    (tmp_path / "g.bim").write_text("".join(f"1 rs{i} 0 {i} A G\n" for i in range(25)))
    (tmp_path / "g.fam").write_text("".join(f"f{i} i{i} 0 0 1 -9\n" for i in range(30)))
    source = open_features(tmp_path / "g.bed")
    np.testing.assert_array_equal(source.columns(3, 9), copies[:, 3:9])
    assert source.names(0, 2) == ["rs0", "rs1"]
    y = np.nan_to_num(copies[:, 4]) + 0.1 * rng.normal(size=30)
    assert screen(source, y, "kde").ranking[0] == 4
    (tmp_path / "g.fam").write_text("f0 i0 0 0 1 -9\n")
    with pytest.raises(ValueError, match="1 samples and 25 variants take 28"):
        open_features(tmp_path / "g.bed")


def test_numbers_are_read_as_python_reads_them():
    rng = np.random.default_rng(6)
    values = rng.normal(size=5000) * 10.0 ** rng.integers(-12, 12, 5000)
    for form in ("{!r}", "{:.6g}", "{:.3f}", "{:+e}"):
        fields = [form.format(value) for value in values.tolist()]
        out = np.empty(5000)
        assert parse_line(",".join(fields).encode(), ",", out) == 5000
        np.testing.assert_array_equal(out, [float(field) for field in fields])
    out = np.empty(8)
    assert parse_line(b'1,,NA,-.5,1e3,"4",-7,n/a', ",", out) == 8
    np.testing.assert_array_equal(out, [1, np.nan, np.nan, -0.5, 1000, 4, -7, np.nan])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "x,y\n1,2\n3\n", "line 3 has 1 fields, but the header 2"),
        ("a.csv", "x,y\n1,left\n", "column 'y' holds 'left' in line 2"),
        ("a.csv", "x,x\n1,2\n", "more than once"),
        ("a.csv", "x,y\n", "has no samples"),
        ("a.txt", "1", "no table of features; allowed"),
        ("a.npy", "no", "not a NumPy array"),
        ("a.h5", "no", "not a readable HDF5 file"),
        ("a.parquet", "no", "not a Parquet file"),
    ],
)
def test_broken_files_are_told(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        open_features(tmp_path / name)


def test_columns_must_exist_and_be_numbers(written):
    folder, _, _, _ = written
    with pytest.raises(ValueError, match=r"has no column\(s\) \['nobody'\]"):
        open_features(folder / "a.csv", exclude=["nobody"])
    with pytest.raises(ValueError, match=r"'who' is .* no numbers; exclude it"):
        open_features(folder / "a.parquet")
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        open_features(folder / "b.csv")


# Identifiers


def test_identifiers_are_found_by_name_and_by_behavior():
    rng = np.random.default_rng(7)
    site = np.repeat([0, 1, 2], 30)
    handed_out = 50_000 + 300 * site + np.tile(rng.permutation(30), 3)
    counts = rng.poisson(1e4, size=90)
    x = np.column_stack(
        [rng.normal(size=(90, 3)), handed_out, handed_out, counts, np.arange(90) * 7]
    )
    names = ["width", "identity", "grid size", "SUB_ID", "v4", "voxels", "v6"]
    found = find_identifiers(ArraySource(x, names))
    assert [item.name for item in found] == ["SUB_ID", "v4", "v6"]
    assert found[0].reasons[0] == "its name"
    assert "follow each other" in found[1].reasons[0]
    assert "order of the samples" in found[2].reasons[0]


def test_site_coded_identifier_leads_by_neighbors_and_is_caught():
    rng = np.random.default_rng(8)
    site = np.repeat(np.arange(6), 30)
    age = np.array([10, 30, 14, 50, 22, 8])[site] + rng.normal(size=180)
    x = rng.normal(size=(180, 50))
    x[:, 5] += 0.05 * age
    x[:, 9] = 50_000 + 200 * site + np.tile(np.arange(30), 6)
    assert screen(x, age, "knn").ranking[0] == 9
    assert [item.feature for item in find_identifiers(ArraySource(x))] == [9]
