"""From simulated sessions to the manifest, stopped and damaged along the way."""

import json
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neuro.analyses.meggpt import kept, run_training, trained
from neuro.analyses.meggpt.drawings import apart
from neuro.analyses.meggpt.generation import Start
from neuro.analyses.meggpt.run_evaluation import Inputs
from neuro.analyses.meggpt.run_evaluation import run as evaluate
from neuro.analyses.meggpt.run_generation import run as generate
from neuro.analyses.meggpt.run_tokens import run as tokenize
from neuro.analyses.meggpt.sampling import Sampling
from neuro.analyses.meggpt.summarise import run as summarise
from neuro.analyses.meggpt.tokenizers import Residual, load
from neuro.analyses.meggpt.windowed import Windowed, make, restore, stream
from neuro.config import MEGGPT, RhythmsSource
from neuro.datasets.base import FetchContext
from neuro.datasets.registry import open_source
from neuro.io import hdf5
from neuro.io.atomic import write_json
from neuro.io.tables import read_tsv

SETTINGS = {
    "tokens": {"step": 0.5, "compare": {"mu_law": [8, 16], "quantile": [], "residual": [0.5, 0.2]}},
    "model": {"width": 8, "n_layers": 1, "n_heads": 1, "hidden": 16, "window": 32, "dropout": 0.1},
    "training": {"n_steps": 8, "n_windows": 1, "length": 32, "checkpoint": 0, "control": True},
    "generation": {"seconds": 4},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tokens of three small sessions."""
    folder = tmp_path_factory.mktemp("meggpt")
    config = RhythmsSource(type="rhythms", n_sessions=3, n_channels=4, seconds=12)
    source = open_source(config, "rhythms", "trials")
    source.fetch(folder / "bids", FetchContext(seed=0, cache_dir=folder))
    listing = source.listing()
    files = {"tokenizer": "tokenizer.safetensors", "tokens": "tokens.h5", "rates": "rates.tsv",
             "model": "model.safetensors", "training": "training.tsv", "scores": "scores.tsv",
             "generated": "generated.h5", "baselines": "baselines.h5", "figures": "figures",
             "evaluation": "evaluation.h5", "manifest": "manifest.json",
             "source": "fetch.json"}  # fmt: skip
    found = SimpleNamespace(**{key: folder / name for key, name in files.items()})
    found.paths = [folder / "bids" / r.path for r in listing]
    found.recordings = [asdict(r) for r in listing]
    found.decoding = []
    found.truth = folder / "bids" / "truth.h5"
    found.settings = MEGGPT.model_validate(SETTINGS)
    write_json(found.source, {"license": "CC0"})
    rng = np.random.default_rng(0)
    tokenize(found.paths, found.recordings, found, settings=found.settings, rng=rng)
    return found


@pytest.fixture(scope="module")
def modelled(made):
    """The same with its models."""
    run_training.run(made.tokens, made.tokenizer, made, settings=made.settings, seed=3)
    return made


def train(made, folder, steps=None, **keys):
    """Train into a folder; after `steps` the process is killed."""
    settings = MEGGPT.model_validate({**SETTINGS, "training": {**SETTINGS["training"], **keys}})
    outputs = SimpleNamespace(model=folder / "model.safetensors", training=folder / "training.tsv")
    if steps is not None:
        trainer = run_training.Trainer

        class Killed(trainer):
            def run(self, until=None):
                for loss in super().run(until):
                    yield loss
                    if self.step == steps:
                        raise KeyboardInterrupt

        run_training.Trainer = Killed
    try:
        run_training.run(made.tokens, made.tokenizer, outputs, settings=settings, seed=3)
    finally:
        if steps is not None:
            run_training.Trainer = trainer
    return outputs


def test_tokens_are_of_the_split_and_rates_of_what_is_held_out(made):
    corpus = kept.read(made.tokens)
    assert corpus.split == "subjects"
    assert list(corpus.train) == ["sub-01", "sub-02"]
    assert list(corpus.test) == ["sub-03"]
    rates = read_tsv(made.rates)
    assert rates["of_model"].tolist() == [True, False, False, False]
    finer = rates.set_index(["tokenizer", "setting"])
    assert finer.loc[("residual", 0.2), "pve"] > finer.loc[("residual", 0.5), "pve"]
    assert finer.loc[("mu-law", 16.0), "best"] > finer.loc[("mu-law", 8.0), "best"]


def test_a_killed_training_ends_as_if_it_had_not_been(made, tmp_path):
    whole = train(made, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(made, tmp_path / "cut", steps=5)
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    cut = train(made, tmp_path / "cut")
    assert cut.model.read_bytes() == whole.model.read_bytes()
    first, second = (read_tsv(each.training) for each in (whole, cut))
    assert first.equals(second)
    assert not (tmp_path / "cut" / "checkpoints").exists()


def test_a_truncated_checkpoint_is_named_and_one_of_other_settings_ignored(made, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(made, tmp_path, steps=5, control=False)
    (checkpoint,) = (tmp_path / "checkpoints").glob("own-*.safetensors")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    train(made, tmp_path, rate=1e-3, control=False)  # another checkpoint's name: begins anew
    with pytest.raises(KeyboardInterrupt):
        train(made, tmp_path, steps=5, control=False)
    (checkpoint,) = (tmp_path / "checkpoints").glob("own-*.safetensors")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"own-\w+\.safetensors: not a readable checkpoint"):
        train(made, tmp_path, control=False)


def test_all_stages_end_in_a_manifest(modelled):
    made = modelled
    rng = np.random.default_rng(0)
    generate(made.tokens, made.tokenizer, made.model, made, settings=made.settings, rng=rng)
    tokens = hdf5.read(made.generated)["tokens"].values
    assert tokens.shape == (1, 4, 1000)
    names = ("tokens", "tokenizer", "model", "generated", "baselines")
    files = Inputs(**{name: getattr(made, name) for name in names})
    evaluate(
        made.paths, made.recordings, files, made,
        dataset="rhythms", settings=made.settings, seed=3, rng=rng, truth=made.truth,
    )  # fmt: skip
    scores = read_tsv(made.scores).set_index(["method", "metric"])["value"]
    assert scores["oracle", "nats"] < scores["autoregression", "nats"] < scores["unigram", "nats"]
    assert scores["real", "truth_covariance_r"] > 0.8
    assert {"own", "control", "autoregression"} <= set(scores.index.get_level_values(0))
    about = summarise(made, made, dataset="rhythms", settings=made.settings)
    assert {figure.path.removeprefix("figures/") for figure in about.figures} == {
        "rates.svg", "training.svg", "spectra.svg", "example.svg", "coupling.svg", "bands.svg",
        "bursts.svg",
    }  # fmt: skip
    assert any("very little for a model" in text for text in about.warnings)
    assert all(np.isfinite(number.value) for number in about.key_numbers)


def test_files_that_do_not_belong_together_are_an_error(modelled, tmp_path):
    made = modelled
    data = np.cumsum(np.random.default_rng(0).standard_normal((4, 2000)), axis=1)
    signals = (data / data.std()).astype(np.float32)
    coarse = Residual(250.0, 3.0).fit([signals], np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"the vocabulary of the residual tokenizer is 0 to"):
        kept.read(made.tokens).check(coarse, made.tokens)
    other = load(made.tokenizer)
    other.sfreq = 500.0
    with pytest.raises(ValueError, match=r"tokens at 250 Hz, but the tokenizer is for 500 Hz"):
        kept.read(made.tokens).check(other, made.tokens)
    with pytest.raises(ValueError, match=r"a model of \d+ tokens, but the residual tokenizer has"):
        trained.read(made.model).check(coarse, made.model)
    short = tmp_path / "model.safetensors"
    short.write_bytes(made.model.read_bytes()[:-10])
    with pytest.raises(ValueError, match="cut short"):
        trained.read(short)


def test_a_published_model_is_scored_where_it_foretells_and_generates(made):
    corpus, tokenizer = kept.read(made.tokens), load(made.tokenizer)
    model = make("released", tokenizer.n_tokens, 4, seed=0).eval()
    tokens = torch.from_numpy(corpus.test["sub-03"][None, :, :250].astype(np.int64))
    with torch.no_grad():
        whole = model(tokens)
        assert whole.shape[2] == 250 - 84
        last = model(tokens[..., 150:])
        # Of the last window, what the one before it has not told.
        assert torch.allclose(whole[:, :, -6:], last[:, :, -6:], atol=1e-5)
        first = model(tokens[..., :100])
        assert torch.allclose(whole[:, :, :16], first, atol=1e-5)
    start = Start(np.zeros((2, 4, 0), np.float32))
    drawn = list(stream(model, tokenizer, Sampling(), start, 3, np.random.default_rng(0)))
    assert np.stack(drawn).shape == (3, 2, 4)
    again = restore(json.loads(json.dumps(asdict(model.shape))))
    again.load_state_dict(model.state_dict())


@pytest.mark.slow
def test_a_published_model_goes_through_all_of_training(made, tmp_path):
    settings = {"model": {"preset": "released"}, "training": {"n_steps": 2, "n_windows": 1}}
    outputs = SimpleNamespace(model=tmp_path / "m.safetensors", training=tmp_path / "t.tsv")
    how = MEGGPT.model_validate(settings)
    run_training.run(made.tokens, made.tokenizer, outputs, settings=how, seed=0)
    found = trained.read(outputs.model)
    assert isinstance(found.models["own"], Windowed)
    assert np.array_equal(found.correlation, np.eye(4))
    assert np.isfinite(read_tsv(outputs.training)["held_out"]).all()


@pytest.mark.slow
def test_two_processes_train_one_model(made, tmp_path):
    outputs = train(made, tmp_path, processes=2, control=False)
    assert len(read_tsv(outputs.training)) == 8
    model = trained.read(outputs.model).models["own"]
    assert torch.isfinite(model.head.weight).all()


def test_labels_keep_a_distance():
    assert apart([0.0, 1.0, 5.0], 0.5) == [0.0, 1.0, 5.0]
    places = apart([1.0, 1.0, 1.1, 5.0], 0.5)
    assert np.allclose(np.diff(places[:3]), 0.5)
    assert np.mean(places[:3]) == pytest.approx(31 / 30)
    assert places[3] == 5.0
