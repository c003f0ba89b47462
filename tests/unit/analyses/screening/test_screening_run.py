"""From a table in a tree to ranking, figures and manifest; prediction; maps."""

from types import SimpleNamespace

import h5py
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nilearn.masking import apply_mask

from neuro.analyses.screening.analyse import agree, rank
from neuro.analyses.screening.figures import voxels_figure
from neuro.analyses.screening.look import look
from neuro.analyses.screening.maps import read_connectome, read_tracts, read_voxels
from neuro.analyses.screening.measures import evaluate, interval, measures
from neuro.analyses.screening.predict import Predicted, Prepared, Setting, predict
from neuro.analyses.screening.run import run
from neuro.analyses.screening.study import read_study
from neuro.analyses.screening.texts import methods_text
from neuro.config.screening import Screening
from neuro.io import manifest
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.stats.dependence.block import Block

QUICK = {
    "n_permutations": 49,
    "stability_pairs": 5,
    "stability_selected": 4,
    "prediction": {"n_repeats": 2, "n_permutations": 3, "n_features": [2, 5]},
}


@pytest.fixture
def table(tmp_path):
    """28 edges of 50 people, two of which follow the diagnosis; an identifier."""
    rng = np.random.default_rng(0)
    sick = np.arange(50) % 2
    edges = [f"R{i}-R{j}" for i in range(8) for j in range(i + 1, 8)]
    features = pd.DataFrame(rng.normal(size=(50, 28)), columns=edges)
    features["R0-R3"] += 2 * sick
    features["R2-R5"] -= 2 * sick
    features.iloc[4, 9] = np.nan
    features["SUB_ID"] = 50_000 + rng.permutation(50)
    features.insert(0, "participant_id", [f"p{i}" for i in range(50)])
    path = tmp_path / "sub-net_features.tsv"
    features.to_csv(path, sep="\t", index=False, na_rep="n/a")
    people = pd.DataFrame(
        {
            "participant_id": features["participant_id"],
            "diagnosis": np.where(sick, "sick", "control"),
            "age": rng.integers(20, 60, 50),
            "gender": rng.choice(["F", "M"], 50),
        }
    )
    people.loc[7, "gender"] = None
    people.sample(frac=1, random_state=1).to_csv(
        tmp_path / "sub-net_participants.tsv", sep="\t", index=False, na_rep="n/a"
    )
    return path


def test_everything_is_written(table, tmp_path):
    outputs = SimpleNamespace(
        ranking=tmp_path / "out/ranking.parquet",
        best=tmp_path / "out/best.tsv",
        scores=tmp_path / "out/scores.tsv",
        figures=tmp_path / "out/figures",
        manifest=tmp_path / "out/manifest.json",
    )
    params = Screening(outcome="diagnosis", covariates=["age"], map={"kind": "connectome"}, **QUICK)
    run(table, outputs, dataset="nets", params=params, rng=np.random.default_rng(0))
    ranking = pd.read_parquet(outputs.ranking)
    assert set(ranking["feature"][:2]) == {"R0-R3", "R2-R5"}
    assert "SUB_ID" not in set(ranking["feature"])
    first = ranking.set_index("feature").loc["R0-R3"]
    assert first["q"] < 0.05
    assert first["stability"] >= 0.8
    assert first["correlation"] > 0.4
    assert ranking["n"].min() == 49
    about = manifest.read(outputs.manifest)
    assert [figure.path for figure in about.figures] == [
        f"figures/{name}.svg" for name in ("ranking", "agreement", "map", "prediction")
    ]
    assert any("'SUB_ID' looks like an identifier" in text for text in about.warnings)
    numbers = {number.name: number for number in about.key_numbers}
    assert numbers["AUC, selected in the training folds"].value > 0.8
    assert numbers["AUC, selected in the training folds"].chance == 0.5
    assert "inflation of AUC by the leak" in numbers
    scores = read_tsv(outputs.scores, ("dataset", "method", "metric", "value", "chance"))
    assert set(scores["method"]) == {"nested", "leaky", "covariates"}


def test_the_same_seed_gives_the_same_bytes(table, tmp_path):
    params = Screening(outcome="diagnosis", **(QUICK | {"prediction": None}))
    contents = []
    for name in ("a", "b"):
        folder = tmp_path / name
        files = {key: folder / f"{key}.x" for key in ("ranking", "best", "scores", "manifest")}
        outputs = SimpleNamespace(**files, figures=folder / "figures")
        run(table, outputs, dataset="nets", params=params, rng=np.random.default_rng(3))
        contents.append({p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert contents[0] == contents[1]


def test_people_are_matched_and_missing_ones_left_out(table):
    study = read_study(table, Screening(outcome="age", covariates=["gender", "diagnosis"]))
    told = pd.read_csv(table.with_name("sub-net_participants.tsv"), sep="\t")
    by_id = told.set_index("participant_id")["age"]
    [ages] = study.outcome.values  # noqa: PD011
    np.testing.assert_array_equal(ages, [by_id[f"p{i}"] for i in range(50)])
    # A missing gender is a level of its own: M, n/a and one of two diagnoses.
    assert study.covariates.shape == (50, 3)
    told.loc[told["participant_id"] == "p3", "age"] = np.nan
    told.to_csv(table.with_name("sub-net_participants.tsv"), sep="\t", index=False, na_rep="n/a")
    study = read_study(table, Screening(outcome="diagnosis", covariates=["age"]))
    assert study.outcome.n == 49
    assert "1 of 50 participants have no age" in study.warnings[0]
    assert study.classes == ("control", "sick")


def test_identifiers_stay_where_that_is_wished(table):
    study = read_study(table, Screening(outcome="age", drop_identifiers=False))
    assert study.names[-1] == "SUB_ID"
    assert "kept" in study.warnings[-1]


def test_outcome_inside_the_table(tmp_path):
    rng = np.random.default_rng(1)
    with h5py.File(tmp_path / "sub-a_features.h5", "w") as file:
        file["features"] = rng.normal(size=(30, 6))
        file["score"] = rng.normal(size=30)
    study = read_study(tmp_path / "sub-a_features.h5", Screening(outcome="score"))
    assert (study.features.n_features, study.outcome.n) == (6, 30)
    frame = pd.DataFrame(rng.normal(size=(30, 4)), columns=["a", "b", "c", "score"])
    frame.to_parquet(tmp_path / "sub-b_features.parquet")
    study = read_study(
        tmp_path / "sub-b_features.parquet", Screening(outcome="score", exclude=["b"])
    )
    assert study.names == ["a", "c"]
    [scores] = study.outcome.values  # noqa: PD011
    np.testing.assert_array_equal(scores, frame["score"])


def test_phenotypes_of_plink(tmp_path):
    path = tmp_path / "sub-g_features.bed"
    path.write_bytes(b"\x6c\x1b\x01" + bytes([0b11_10_00_11] * 5 * 3))
    path.with_suffix(".bim").write_text("".join(f"1 rs{i} 0 {i} A G\n" for i in range(3)))
    rows = [f"f{i:02} {i:02} 0 0 {i % 3} {(-9, 0, 1, 2, 1)[i % 5]}\n" for i in range(20)]
    path.with_suffix(".fam").write_text("".join(rows))
    study = read_study(path, Screening(outcome="phenotype"))
    assert study.classes == ("1", "2")
    assert study.outcome.n == 12
    assert any("8 of 20 participants have no phenotype" in text for text in study.warnings)
    rows = [f"f{i:02} {i:02} 0 0 1 {(-9, 0, 3.5, 2, 1)[i % 5]}\n" for i in range(20)]
    path.with_suffix(".fam").write_text("".join(rows))
    quantity = read_study(path, Screening(outcome="phenotype", outcome_kind="continuous"))
    assert quantity.outcome.n == 16
    [values] = quantity.outcome.values  # noqa: PD011
    assert values.min() == 0
    side = path.with_name("sub-g_participants.tsv")
    side.write_text("participant_id\tage\n" + "".join(f"{i:02}\t{i}\n" for i in range(19, -1, -1)))
    by_name = read_study(path, Screening(outcome="age", covariates=["sex"]))
    [ages] = by_name.outcome.values  # noqa: PD011
    assert ages.tolist() == list(range(20))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"outcome": "weight"}, r"lacks column\(s\) \['weight'\]"),
        ({"outcome": "age", "exclude": ["nothing"]}, r"has no column\(s\) \['nothing'\]"),
        ({"outcome": "gender", "outcome_kind": "continuous"}, "must be numbers"),
    ],
)
def test_what_is_wrong_is_told_before_anything_runs(table, params, message):
    if params["outcome"] == "gender":
        params = params | {"covariates": []}
    with pytest.raises(ValueError, match=message):
        read_study(table, Screening(**params))
    section = SimpleNamespace(screening=Screening(**params))
    recording = Recording("net", "", "", "", "features", table.name)
    assert look(table.parent, recording, section).problems
    section = SimpleNamespace(screening=Screening(outcome="diagnosis"))
    assert look(table.parent, recording, section).facts["subjects"] == 50


def test_conditioning_on_sites_is_wired_through(tmp_path):
    rng = np.random.default_rng(5)
    site = np.repeat(["north", "south"], 40)
    features = pd.DataFrame(rng.normal(size=(80, 12)), columns=[f"v{i}" for i in range(12)])
    y = 4.0 * (site == "south") + 1.5 * features["v3"] + rng.normal(size=80)
    # Tells the site in a way that no line takes out: both sites have the same mean.
    features["v7"] = np.where(site == "south", np.sign(rng.normal(size=80)), 0.0)
    features["v7"] += 0.1 * rng.normal(size=80)
    path = tmp_path / "sub-a_features.csv"
    features.assign(y=y, site=site).to_csv(path, index=False)
    given = {"outcome": "y", "covariates": ["site"], "prediction": None, "n_permutations": 20}
    params = Screening(**given, adjust="conditional", stability_pairs=3, compare=["gaussian"])
    study = read_study(path, params)
    ranked = rank(study, params, rng)
    plain = Screening(outcome="y", exclude=["site"], **{**QUICK, "prediction": None})
    alone = rank(read_study(path, plain), plain, rng)
    assert alone.estimate[7] > 0.15
    assert ranked.estimate[7] < alone.estimate[7] / 2
    assert ranked.score.ranking[0] == 3
    assert ranked.score.significance.p[7] > 0.05
    assert ranked.stability[3] == 1
    assert agree(study, params, ranked).methods == ("kde_score", "kde", "gaussian")
    text = " ".join(methods_text(study, ranked, params))
    assert "the dependence given site" in text
    beside = {**given, "covariates": ["v1"], "exclude": ["site"]}
    with pytest.raises(ValueError, match=r"'conditional', for .* covariate 'v1' is no category"):
        read_study(path, Screening(**beside, adjust="conditional"))
    near = Screening(**beside, adjust="conditional", stability_pairs=0, score="knn").model_copy(
        update={"estimate": "knn", "compare": []}
    )
    assert np.isfinite(rank(read_study(path, near), near, rng).estimate).all()


def test_redundant_features_are_passed_over_in_the_training_folds():
    rng = np.random.default_rng(6)
    one, two = rng.normal(size=(2, 90, 1))
    copies = one + 0.05 * rng.normal(size=(90, 10))
    x = np.hstack([copies, two, rng.normal(size=(90, 20))])
    y = Block((1.2 * one + two + 0.2 * rng.normal(size=(90, 1))).T)
    values = {}
    for redundancy in (None, "mrmr", "jmim"):
        setting = Setting("spearman", (2,), n_repeats=1, redundancy=redundancy, n_candidates=20)
        predicted = predict(x, y, None, setting, "nested", np.random.default_rng(0))
        values[redundancy] = evaluate("R2", predicted, y)
    assert values[None] < 0.65
    assert min(values["mrmr"], values["jmim"]) > 0.8


def test_other_people_than_the_table_has(table):
    side = table.with_name("sub-net_participants.tsv")
    pd.read_csv(side, sep="\t").iloc[:-1].to_csv(side, sep="\t", index=False)
    with pytest.raises(ValueError, match="lacks participant"):
        read_study(table, Screening(outcome="diagnosis"))


def test_columns_of_the_configuration_are_different():
    with pytest.raises(ValueError, match="'age' is the outcome"):
        Screening(outcome="age", covariates=["age"])
    with pytest.raises(ValueError, match="'conditional' needs `covariates`"):
        Screening(outcome="age", adjust="conditional")


# Prediction


def test_leaky_selection_predicts_noise_and_the_nested_one_does_not():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(50, 1000)), Block((np.arange(50) % 2)[None], categorical=True)
    setting = Setting("kde_score", (10,), n_repeats=2)
    nested, leaky = (
        evaluate("AUC", predict(x, y, None, setting, variant, np.random.default_rng(0)), y)
        for variant in ("nested", "leaky")
    )
    assert nested < 0.7
    assert leaky > nested + 0.2


def test_a_quantity_is_predicted_beyond_the_covariate():
    rng = np.random.default_rng(3)
    age = rng.normal(size=(80, 1))
    x = rng.normal(size=(80, 60))
    y = Block((3 * age[:, 0] + 2 * x[:, 4])[None])
    x[:, 9] += 3 * age[:, 0]
    setting = Setting("spearman", (1, 5), n_repeats=2)
    alone = predict(x, y, age, setting, "covariates", np.random.default_rng(0))
    beyond = predict(x, y, age, setting, "nested", np.random.default_rng(0))
    assert evaluate("R2", alone, y) > 0.5
    assert 0.05 < evaluate("R2", beyond, y) < 0.45
    assert set(beyond.n_chosen.ravel()) <= {1, 5}


def test_nothing_of_the_test_subjects_is_learnt():
    rng = np.random.default_rng(4)
    x, covariates, train = rng.normal(size=(20, 5)), rng.normal(size=(20, 1)), np.arange(12)
    x[3, 1] = np.nan
    before = Prepared(x, covariates, train).standard[train]
    x[12:], covariates[12:] = 1e3, -1e3
    np.testing.assert_array_equal(Prepared(x, covariates, train).standard[train], before)


def test_measures_of_known_predictions():
    y = Block(np.array([[0.0, 0, 0, 1, 1, 1]]), categorical=True)
    rows = np.array([[0.0, 0, 1, 1, 1, 1]])
    odds = np.array([[-2.0, -1, 3, 1, 2, 4]])
    predicted = Predicted(rows, odds, np.zeros((1, 1), int), np.zeros((1, 6)))
    assert evaluate("balanced accuracy", predicted, y) == pytest.approx((2 / 3 + 1) / 2)
    assert evaluate("AUC", predicted, y) == pytest.approx(7 / 9)
    low, high = interval("AUC", predicted, y, np.random.default_rng(0), n_bootstraps=200)
    assert low < 7 / 9 <= high <= 1
    assert [m.name for m in measures(y)] == ["AUC", "balanced accuracy"]
    quantity = Block(np.array([[1.0, 2, 3, 4]]))
    exact = Predicted(quantity.values, quantity.values, np.zeros((1, 1), int), np.full((1, 4), 2.5))
    assert evaluate("R2", exact, quantity) == 1
    assert evaluate("correlation", exact, quantity) == pytest.approx(1)
    mean = Predicted(exact.baseline, exact.baseline, exact.n_chosen, exact.baseline)
    assert evaluate("R2", mean, quantity) == 0


# Maps


def test_edges_and_nodes_are_read_off_names():
    connectome = read_connectome(["a-b", "c-a", "age"], r"(?P<a>\w)-(?P<b>\w)")
    matrix = connectome.matrix(np.array([1.0, 2, 9]), np.array([3.0, 4, 9]))
    np.testing.assert_array_equal(
        matrix, [[np.nan, 1, 2], [3, np.nan, np.nan], [4, np.nan, np.nan]]
    )
    tracts = read_tracts(["fa Left ILF 2", "fa Left ILF 1", "md Left ILF 1"], _TRACTS)
    assert tracts.measures == ("fa", "md")
    assert tracts.place["fa", "Left ILF"].tolist() == [1, 0]


_TRACTS = Screening(outcome="y", map={"kind": "tracts"}).map.expression


@pytest.fixture
def volumes(tmp_path):
    """Thirty people's values in the voxels of a small mask, as nilearn's masker gives them."""
    rng = np.random.default_rng(7)
    mask = np.zeros((5, 6, 4), np.uint8)
    mask[1:4, 1:5, 1:3] = 1
    image = nib.Nifti1Image(mask, np.diag([4.0, 4, 4, 1]))
    nib.save(image, tmp_path / "sub-v_mask.nii.gz")
    sick = np.arange(30) % 2
    values = rng.normal(size=(30, *mask.shape)).astype(np.float32)
    values[sick == 1, 2, 3, 1] += 4
    series = nib.Nifti1Image(np.moveaxis(values, 0, -1), image.affine)
    np.save(tmp_path / "sub-v_features.npy", apply_mask(series, image))
    pd.DataFrame({"dx": np.where(sick, "b", "a")}).to_csv(
        tmp_path / "sub-v_participants.tsv", sep="\t", index=False
    )
    return tmp_path / "sub-v_features.npy"


def test_voxels_are_drawn_in_their_places(volumes):
    params = Screening(outcome="dx", map={"kind": "voxels"}, **{**QUICK, "prediction": None})
    study = read_study(volumes, params)
    voxels = read_voxels(study.names, params.map.expression, study.mask)
    ranked = rank(study, params, np.random.default_rng(0))
    volume = voxels.image(ranked.score.strength).get_fdata()
    assert np.unravel_index(volume.argmax(), volume.shape) == (2, 3, 1)
    assert not volume[~voxels.mask].any()
    figure = voxels_figure(voxels, ranked, 0.05, "mask")
    assert {"KDE score", "Correlation with the outcome"} <= {
        text.get_text() for text in figure.texts
    }


def test_voxels_that_are_not_in_the_mask_are_told(volumes):
    params = Screening(outcome="dx", map={"kind": "voxels"})
    mask = volumes.with_name("sub-v_mask.nii.gz")
    for names, message in (
        (["v23", "v24"], "the mask has 24 voxels, but there is a feature 'v24'"),
        (["v3", "w4", "w3"], "two features are the voxel of 'v3'"),
        (["left", "right"], "fits no feature"),
    ):
        with pytest.raises(ValueError, match=message):
            read_voxels(names, params.map.expression, mask)
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2, 2)), np.eye(4)), mask)
    with pytest.raises(ValueError, match="must have three dimensions"):
        read_voxels(["v1"], params.map.expression, mask)
    mask.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="not a readable NIfTI image"):
        read_voxels(["v1"], params.map.expression, mask)
    mask.unlink()
    with pytest.raises(ValueError, match=r"needs the mask sub-v_mask\.nii\.gz beside the table"):
        read_study(volumes, params)


def test_patterns_that_fit_nothing_are_told():
    with pytest.raises(ValueError, match="fits no feature"):
        read_tracts(["a-b"], _TRACTS)
    with pytest.raises(ValueError, match=r"lacks the group\(s\) \['b'\]"):
        read_connectome(["a-b"], "(?P<a>.)")
