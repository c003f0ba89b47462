"""From binned spikes to the files of the analysis, on a recording whose states are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from neuro.analyses.states.behavior import agreement, dwell_times
from neuro.analyses.states.networks import follows_tuning, preferred
from neuro.analyses.states.recorded import load
from neuro.analyses.states.run import run
from neuro.config import States
from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.tables import read_tsv

N_BINS, WIDTH = 3000, 0.1
QUICK = States(
    numbers=(1, 2), priors=("hierarchy", "onehot"), n_folds=2, n_shifts=19, max_iter=8, n_restarts=1
)


def binned(path):
    """Two epochs whose networks and rates differ, with a heading that four neurons follow."""
    rng = np.random.default_rng(0)
    wake = np.arange(N_BINS) >= N_BINS // 2
    heading = (0.02 * np.arange(N_BINS)) % (2 * np.pi)
    tuned = np.stack([np.exp(2 * np.cos(heading - a) - 2) for a in np.arange(4) * np.pi / 2])
    rates = np.concatenate([np.where(wake, 2 * tuned, 0.3), np.where(wake, 0.2, 1.0) * [[1], [1]]])
    block = np.arange(N_BINS) * 4 // (N_BINS // 2) % 4
    block[np.flatnonzero(np.diff(block))] = -1
    bins, unit = ("bin",), ("unit",)
    arrays = {
        "counts": Array(
            rng.poisson(rates).astype(np.uint16), ("unit", "bin"), "1", {"bin_width": WIDTH}
        ),
        "times": Array((np.arange(N_BINS) + 0.5) * WIDTH, bins, "s"),
        "block": Array(block.astype(np.int32), bins),
        "epoch": Array(wake.astype(np.int32), bins),
        "units/name": Array(np.array([str(i) for i in range(6)]), unit),
        "units/region": Array(np.array(["adn"] * 4 + ["ca1"] * 2), unit),
        "units/kept": Array(np.ones(6, bool), unit),
        "epochs/label": Array(np.array(["sleep", "wake"]), ("epoch",)),
        "covariates/heading": Array(
            np.where(wake, heading, np.nan), bins, "rad", {"kind": "angle"}
        ),
    }
    hdf5.write(path, arrays, {"binning": {"covariates": {"heading": {}}}})
    return path


@pytest.fixture(scope="module")
def spikes(tmp_path_factory):
    return binned(tmp_path_factory.mktemp("spikes") / "sub-01_spikes.h5")


@pytest.fixture(scope="module")
def finished(spikes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("states")
    names = {"states": ".h5", "models": ".tsv", "scores": ".tsv", "manifest": ".json"}
    out = SimpleNamespace(**{key: folder / f"{key}{end}" for key, end in names.items()})
    out.figures = folder / "figures"
    run([spikes], out, dataset="mouse", settings=QUICK, rng=np.random.default_rng(0))
    return out


def test_states_are_the_epochs(finished):
    about = manifest.read(finished.manifest)
    numbers = {number.name: number for number in about.key_numbers}
    assert numbers["number of states"].value == 2
    epochs = numbers["states and epochs, adjusted mutual information"]
    assert epochs.value > 0.8
    assert epochs.chance < 0.5
    assert numbers["gain over constant rates"].value > 0.1


def test_files_are_as_told(finished):
    arrays = hdf5.read(finished.states)
    states = np.asarray(arrays["sub-01/probability"].values)
    assert states.shape == (N_BINS, 2)
    np.testing.assert_allclose(states.sum(axis=1), 1)
    assert arrays["sub-01/weights"].values.shape == (2, 6, 6)
    models = read_tsv(finished.models)
    assert set(models["model"]) == {"hierarchy", "onehot", "glm", "poisson_hmm", "correlation_hmm"}
    assert models["chosen"].sum() == 1
    scores = read_tsv(finished.scores)
    assert scores["n_train"].min() > 1000
    heading = scores[scores["metric"] == "mean_error_rad"]
    assert (heading["value"] < heading["chance"]).all()
    assert len(list(finished.figures.glob("*.svg"))) == 5


def test_pieces_keep_out_of_gaps_and_blocks(spikes):
    recorded = load(spikes, QUICK)
    assert recorded.whole.n_sequences == 2
    assert len(recorded.rows) == N_BINS - 7
    np.testing.assert_array_equal(recorded.folds, [0, 1, 0, 1] * 2)
    np.testing.assert_array_equal(recorded.pieces.counts, recorded.whole.counts[recorded.rows])


def test_wider_bins_add_counts_within_blocks(spikes):
    fine, coarse = load(spikes, QUICK), load(spikes, QUICK.model_copy(update={"bin_width": 0.5}))
    assert coarse.width == 0.5
    assert coarse.whole.counts.sum() == fine.whole.counts.sum()
    assert coarse.whole.n_bins < fine.whole.n_bins / 4
    with pytest.raises(ValueError, match=r"states.bin_width: 0.25 s is no multiple"):
        load(spikes, QUICK.model_copy(update={"bin_width": 0.25}))


def test_unknown_covariate_and_too_many_folds(spikes):
    with pytest.raises(ValueError, match=r"\['speed'\] not in .*which has \['heading'\]"):
        load(spikes, States(covariates=["speed"]))
    with pytest.raises(ValueError, match=r"n_folds is 5, but the recording has 4 block"):
        load(spikes, QUICK.model_copy(update={"n_folds": 5}))


def test_shifted_labels_agree_by_chance_alone():
    rng = np.random.default_rng(0)
    path = np.repeat(rng.integers(3, size=300), 10)
    same, other = agreement(path, path, 50, rng), agreement(path, rng.permutation(path), 50, rng)
    assert same.value == pytest.approx(1)
    assert same.p == pytest.approx(1 / 51)
    assert other.value < 0.01


def test_agreement_is_the_adjusted_mutual_information():
    rng = np.random.default_rng(1)
    labels = np.repeat(rng.integers(4, size=60), 5)
    path = np.where(rng.random(300) < 0.4, labels, rng.integers(3, size=300)) + 2
    found = agreement(path, np.array(["a", "b", "c", "d"])[labels], 19, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    shifts = [rng.integers(15, 285) for _ in range(19)]
    assert found.value == pytest.approx(adjusted_mutual_info_score(labels, path))
    expected = [adjusted_mutual_info_score(labels, np.roll(path, shift)) for shift in shifts]
    np.testing.assert_allclose(found.null, expected, atol=1e-12)
    assert agreement(path, np.zeros(300), 19, rng).value == 0


def test_visits():
    found = dwell_times(np.array([0, 0, 1, 1, 1, 0, 1, 1]), np.array([0, 5, 8]), 3)
    assert [each.tolist() for each in found] == [[2, 1], [3, 2], []]


def test_preference_and_weights():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 20_000)
    angle[:100] = np.nan
    preference = np.arange(8) * np.pi / 4
    counts = rng.poisson(np.exp(np.cos(np.nan_to_num(angle)[:, None] - preference)))
    direction, length = preferred(counts.astype(float), angle)
    assert np.abs(np.angle(np.exp(1j * (direction - preference)))).max() < 0.1
    weights = np.cos(direction[:, None] - direction) + rng.normal(scale=0.3, size=(8, 8))
    rho, p = follows_tuning(weights, direction, length > 0.3, rng)
    assert rho > 0.7
    assert p < 0.01


def test_links_and_priors_must_go_together():
    with pytest.raises(ValueError, match="family bernoulli takes sigmoid, got softplus"):
        States(family="bernoulli")
    with pytest.raises(ValueError, match="one-hot priors give an edge one weight"):
        States(history={"basis": "raised_cosine", "n_functions": 3})
    with pytest.raises(ValueError, match="numbers: must be positive and increase"):
        States(numbers=(3, 2))
