"""Networks are trained the same way twice, judged by whole groups, and continued where cut off."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from neuro.analyses.eegbench.method import Setting
from neuro.analyses.eegbench.networks.channels import TEN_TWENTY, head_positions
from neuro.analyses.eegbench.networks.classifiers import NetworkClassifier
from neuro.analyses.eegbench.networks.cost import affordable_updates
from neuro.analyses.eegbench.networks.crisscross import CrissCrossEncoder
from neuro.analyses.eegbench.networks.histn import REGIONS, ordinal_targets, region_matrix
from neuro.analyses.eegbench.networks.holdout import balanced_weights, hold_out, inner_groups
from neuro.analyses.eegbench.networks.lora import add_low_rank
from neuro.analyses.eegbench.networks.methods import NetworkSettings, network_methods
from neuro.analyses.eegbench.networks.patches import PatchEncoder, PatchSettings
from neuro.analyses.eegbench.networks.pretrain import pretrain
from neuro.analyses.eegbench.networks.probes import PENALTIES, LogisticProbe, RidgeProbe, _left_out
from neuro.analyses.eegbench.networks.recipe import Recipe
from neuro.analyses.eegbench.networks.training import Training, macro_f1, predict_logits, seeded
from neuro.analyses.eegbench.networks.weights import (
    load_weights,
    locate_weights,
    save_weights,
    saved_parameters,
)
from neuro.analyses.eegbench.registry import network_settings
from neuro.analyses.eegbench.trials import Sensors, Trials
from neuro.config.eegbench import EEGBench

N_TIMES = 25
NAMES = ("Fp1", "Fp2", "F3", "F4", "T7", "C3", "Cz", "C4", "T8", "P3", "P4", "O1", "O2")
SENSORS = Sensors(NAMES, ("eeg",) * 13, 100.0, 0.0, "V", head_positions(NAMES))


def planted(n_trials: int = 72, strength: float = 1.0) -> Trials:
    """A component over the back of the head in the trials of class 1, in ongoing activity."""
    rng = np.random.default_rng(0)
    y = np.arange(n_trials) % 3 // 2
    ongoing = np.cumsum(rng.normal(size=(n_trials, len(NAMES), N_TIMES)), axis=-1)
    ongoing -= ongoing.mean(axis=-1, keepdims=True)
    ongoing /= ongoing.std()
    where = (-head_positions(NAMES)[:, 1] * 15).clip(0)
    when = np.exp(-(((np.arange(N_TIMES) - 14) / 4) ** 2))
    data = ongoing + strength * y[:, None, None] * where[:, None] * when
    empty = np.array([""] * n_trials)
    subject = np.array([f"s{i * 6 // n_trials}" for i in range(n_trials)])
    return Trials(
        (data * 1e-5).astype(np.float32), SENSORS, y, ("a", "b"), subject, empty, empty,
        np.arange(n_trials, dtype=float), empty,
    )  # fmt: skip


def tiny(seed: int = 0) -> PatchEncoder:
    with seeded(seed):
        return PatchEncoder(
            len(NAMES), N_TIMES, 2, 100.0, PatchSettings("multi", 0.1, width=8, depth=1)
        )


def weights_of(module: torch.nn.Module) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in module.parameters()])


def train(tmp_path, stop_after=None, **recipe):
    trials = planted(strength=2.0)
    X = trials.data * 1e5
    run = Training(
        tiny(),
        Recipe(**{"epochs": 5, "batch_size": 12, **recipe}),
        2,
        seed=3,
        n_updates=1000,
        checkpoint=tmp_path / "run.safetensors",
    )
    run.run(X, trials.y, trials.subject, stop_after)
    return run, X


@pytest.mark.parametrize("averaging", [False, True])
def test_a_run_that_was_cut_off_ends_with_the_same_weights(tmp_path, averaging: bool) -> None:
    whole, X = train(tmp_path / "a", averaging=averaging)
    train(tmp_path / "b", stop_after=2, averaging=averaging)
    assert (tmp_path / "b" / "run.safetensors").is_file()
    resumed, _ = train(tmp_path / "b", averaging=averaging)

    np.testing.assert_array_equal(weights_of(resumed.module), weights_of(whole.module))
    assert resumed.history == whole.history
    assert not (tmp_path / "b" / "run.safetensors").exists()
    assert roc_auc_score(planted().y, np.diff(predict_logits(whole.module, X))[:, 0]) > 0.8


def test_training_leaves_the_state_of_torch_alone_and_stops_early(tmp_path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run, _ = train(tmp_path, epochs=50, patience=2, learning_rate=0.05)
    torch.testing.assert_close(torch.rand(3), expected)
    assert run.n_epochs < 50
    assert int(np.argmax(run.history)) == run.n_epochs - 3


def test_groups_are_held_out_whole_and_with_all_classes() -> None:
    trials = planted()
    train_, held = hold_out(trials.y, trials.subject, 0.2, np.random.default_rng(0))
    assert not set(trials.subject[train_]) & set(trials.subject[held])
    assert set(trials.y[held]) == {0, 1}
    sorted_by_class = np.repeat([0, 1], 50)
    number = inner_groups(sorted_by_class, np.array(["one"] * 100))
    assert all(set(sorted_by_class[number == k]) == {0, 1} for k in range(5))
    alone = hold_out(np.array([0, 0, 1, 1]), np.array(list("aabb")), 0.5, np.random.default_rng(0))
    assert len(alone[1]) == 0  # no draw has both classes on both sides


def test_class_weights_have_a_mean_of_one_over_trials() -> None:
    y = np.repeat([0, 1], [79, 21])
    weights = balanced_weights(y, 3)
    assert weights[y].mean() == pytest.approx(1)
    assert weights[1] / weights[0] == pytest.approx(79 / 21)
    assert weights[2] == 0


def test_cost_is_bounded_by_operations_not_by_the_clock() -> None:
    assert affordable_updates(1e9, 10, 3.0, None, 77) == 77
    assert affordable_updates(1e9, 10, 3.0, 50.0, 77) == 5
    assert affordable_updates(1e9, 10, 3.0, 0.001, 77) == 1


def test_macro_f1_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(0)
    y, found = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    assert macro_f1(y, found, 3) == pytest.approx(f1_score(y, found, average="macro"))


def test_errors_of_left_out_groups_are_those_of_refitting() -> None:
    rng = np.random.default_rng(0)
    Z, t = rng.normal(size=(40, 12)), rng.normal(size=(40, 1))
    blocks = np.arange(40) // 10
    values, vectors = np.linalg.eigh(Z @ Z.T)
    found = _left_out(values, vectors, t, blocks, 2.0)[10]
    for block in range(4):
        out = blocks == block
        model = Ridge(PENALTIES[10] * 2.0, fit_intercept=False).fit(Z[~out], t[~out])
        np.testing.assert_allclose(found[out], t[out] - model.predict(Z[out]).reshape(-1, 1))


@pytest.mark.parametrize("probe", [RidgeProbe, LogisticProbe])
def test_probes_find_a_direction_among_many_and_know_chance(probe) -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(300) < 0.25).astype(int)
    X = rng.normal(size=(300, 200)).astype(np.float32)
    groups = np.array([f"g{i // 50}" for i in range(300)])
    noise = probe(2).fit(X[:200], y[:200], groups[:200]).predict_proba(X[200:])
    X[:, :20] += y[:, None] * 0.8
    X[:, 0] *= 1e-6  # the scale of a feature does not matter
    found = probe(2).fit(X[:200], y[:200], groups[:200]).predict_proba(X[200:])
    assert roc_auc_score(y[200:], found[:, 1]) > 0.85
    assert (found.argmax(1) == 1).mean() > 0.15  # classes are weighed
    assert noise[:, 1].std() < found[:, 1].std()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_low_rank_updates_start_at_nothing_and_leave_the_encoder_alone() -> None:
    encoder = CrissCrossEncoder(patch_size=10, width=16, depth=1)
    encoder.eval()
    x = torch.randn(2, 19, 50)
    before, frozen = encoder(x).detach(), encoder.samples.weight.detach().clone()
    assert add_low_rank(encoder, 2) == 8  # five linear layers, three of them inside; two attentions
    torch.testing.assert_close(encoder(x), before)
    optimizer = torch.optim.SGD([p for p in encoder.parameters() if p.requires_grad], lr=1.0)
    for _ in range(2):
        encoder(x).square().mean().backward()
        optimizer.step()
    assert not torch.allclose(encoder(x), before)
    torch.testing.assert_close(encoder.samples.parametrizations.weight.original.data, frozen)


def test_pretraining_restores_what_was_hidden_and_is_saved_with_its_size(tmp_path) -> None:
    rng = np.random.default_rng(0)
    phase = rng.uniform(0, 2 * np.pi, (64, 1, 1))
    X = np.sin(phase + np.arange(75) / 4 + np.zeros((1, 2, 1))).astype(np.float32)
    with seeded(0):
        encoder = CrissCrossEncoder(width=16, depth=1)
    found = pretrain(encoder, X, seed=0, epochs=12, batch_size=8)
    assert found.losses[-1] < 0.75 * found.floor
    save_weights(encoder, tmp_path / "w", {"width": 16, "depth": 1, "patch_size": 25})
    assert saved_parameters(str(tmp_path / "w")) == {"width": 16, "depth": 1, "patch_size": 25}


def test_weights_that_did_not_arrive_are_an_error(tmp_path) -> None:
    with seeded(1):
        encoder, other = CrissCrossEncoder(), CrissCrossEncoder()
    save_weights(encoder, tmp_path / "w", {})
    assert load_weights(other, str(tmp_path / "w"), "crisscross").missing == ()
    with pytest.raises(ValueError, match="that crisscross was initialized with"):
        load_weights(other, str(tmp_path / "w"), "crisscross")
    with pytest.raises(ValueError, match=r"\d+% of the parameters.*at least 90%.*another size"):
        load_weights(CrissCrossEncoder(width=32), str(tmp_path / "w"), "crisscross")
    (tmp_path / "none").mkdir()
    with pytest.raises(FileNotFoundError, match=r"has no model.safetensors, only nothing"):
        locate_weights(str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="no such folder"):
        locate_weights("./nowhere")


def test_labels_of_ordered_classes_are_smoothed_towards_neighbors() -> None:
    targets = ordinal_targets(torch.tensor([0, 2]), 5, 0.5)
    torch.testing.assert_close(targets.sum(1), torch.ones(2))
    assert targets[1].tolist() == sorted(targets[1, :3].tolist()) + sorted(
        targets[1, 3:].tolist(), reverse=True
    )
    assert targets[1, 1] == targets[1, 3]


def test_regions_are_where_they_are_named() -> None:
    placed = head_positions(TEN_TWENTY)
    matrix = region_matrix(Sensors(TEN_TWENTY, ("eeg",) * 19, 100.0, 0.0, "V", placed))
    for name, region in (
        ("F3", "frontal"),
        ("C3", "central"),
        ("T7", "temporal"),
        ("O1", "posterior"),
    ):
        column = matrix[:, TEN_TWENTY.index(name)]
        assert np.flatnonzero(column).tolist() == [REGIONS.index(region)]
    assert np.flatnonzero(matrix[:, TEN_TWENTY.index("Cz")]).tolist() == [1, 5]
    torch.testing.assert_close(matrix.sum(1), torch.ones(8))


METHODS = network_methods(NetworkSettings(epochs=3, pretraining_epochs=1, batch_size=16))


@pytest.mark.parametrize(
    "name",
    [
        "patch-multi",
        "histn",
        *(f"crisscross-{how}" for how in ("probe", "two-stage", "lora")),
        "crisscross-logistic-random",
    ],
)
def test_methods_find_a_planted_component_the_same_way_twice(name: str) -> None:
    trials = planted(strength=3.0)
    setting = Setting(SENSORS, N_TIMES, 2, seed=4)
    ready = METHODS[name].prepare(trials, setting)
    train_ = np.flatnonzero(trials.subject < "s4")
    test = np.flatnonzero(trials.subject >= "s4")

    def predict() -> np.ndarray:
        classifier = METHODS[name].build(setting)
        classifier.fit(ready[train_], trials.y[train_], trials.subject[train_])
        return classifier.predict_proba(ready[test])

    first = predict()
    least = 0.65 if name == "histn" else 0.8  # a few hundred parameters learn slowly
    assert roc_auc_score(trials.y[test], first[:, 1]) > least
    np.testing.assert_allclose(first.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(predict(), first)


def test_rows_say_whether_weights_are_random(tmp_path) -> None:
    assert METHODS["cbramod-probe"].note == "random initialisation"
    assert METHODS["crisscross-probe"].note.startswith("pretrained on the training trials")
    assert METHODS["crisscross-probe-random"].note == "random initialisation"
    assert METHODS["cbramod-probe"].prepare is METHODS["cbramod-logistic"].prepare
    save_weights(CrissCrossEncoder(width=32), tmp_path / "w", {"width": 32})
    given = network_methods(NetworkSettings(weights={"crisscross": str(tmp_path / "w")}))
    assert given["crisscross-probe"].note == f"weights of {tmp_path / 'w'}"
    trials, setting = planted(12), Setting(SENSORS, N_TIMES, 2)
    features = [given[f"crisscross-probe{r}"].prepare(trials, setting) for r in ("", "-random")]
    assert features[0].shape == features[1].shape  # the control has the size of the weights
    assert not np.allclose(*features)
    with pytest.raises(ValueError, match=r"weights: got eegnet\. Allowed are the encoders bendr"):
        network_methods(NetworkSettings(weights={"eegnet": "x"}))


def test_a_job_that_was_cut_off_goes_on_from_the_folder_of_the_configuration(
    tmp_path, monkeypatch
) -> None:
    told = {"epochs": 4, "batch_size": 16, "checkpoints": str(tmp_path / "states")}
    settings = network_settings(EEGBench(training=told))
    setting, trials = Setting(SENSORS, N_TIMES, 2), planted(36)

    def fit(given: NetworkSettings = settings) -> NetworkClassifier:
        method = network_methods(given)["patch-multi"]
        ready = method.prepare(trials, setting)
        return method.build(setting).fit(ready, trials.y, trials.subject)

    whole = fit(network_settings(EEGBench(training={**told, "checkpoints": None})))
    epochs = []
    each = Training._epoch

    def cut_off(self, *args) -> None:
        if len(epochs) == 2:
            raise KeyboardInterrupt
        epochs.append(1)
        each(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_epoch", cut_off)
        with pytest.raises(KeyboardInterrupt):
            fit()
    assert [path.suffix for path in (tmp_path / "states").iterdir()] == [".safetensors"]
    epochs.clear()
    monkeypatch.setattr(Training, "_epoch", lambda *args: (epochs.append(1), each(*args))[1])
    np.testing.assert_array_equal(weights_of(fit()._module), weights_of(whole._module))
    assert len(epochs) == 2
    assert not list((tmp_path / "states").iterdir())
