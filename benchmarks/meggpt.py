"""Tokens of MEG: what they cost and keep, and does a model of them foretell and generate?

`python -m benchmarks.meggpt` measures every claim; `python -m benchmarks.meggpt speed tokenizer
generation model` some parts only. `--parcels PATH` is a recording's parcels, as `snakemake
preprocess` leaves them; without it, the first ones below `results/`. Single-threaded; CPU seconds.
"""

import os
import sys

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks import _meggpt_peer as peer
from benchmarks._claims import tell
from neuro.analyses.meggpt.autoregression import Autoregression
from neuro.analyses.meggpt.corpus import LAGS, Session, prepare
from neuro.analyses.meggpt.generation import Generator, Start, shared
from neuro.analyses.meggpt.likeness import compare, cosines, off_diagonal, welch
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.ngrams import NGram
from neuro.analyses.meggpt.oracle import oracle_nats
from neuro.analyses.meggpt.rates import Rate, at_rate, measure
from neuro.analyses.meggpt.scoring import score
from neuro.analyses.meggpt.sessions import Signals, standardize
from neuro.analyses.meggpt.tokenizers import Learned, MuLaw, Quantile, Residual
from neuro.analyses.meggpt.tokenizers.learning import Recipe as Learning
from neuro.analyses.meggpt.tokenizers.learning import hard_pve
from neuro.analyses.meggpt.training import Schedule, Trainer
from neuro.datasets.rhythms import Recipe, Simulated, Truth, draw_truth, simulate
from neuro.io import hdf5

CHANNELS, SFREQ = 52, 250.0
STEP = 0.3
"""Step of the residual tokens that models are trained on."""
N_TRAIN, N_TEST = 5, 1
N_GENERATED = 4000
SCHEDULE = Schedule(n_steps=160, n_windows=2, length=64, rate=5e-3)


def speed() -> dict[str, float]:
    """Tokenizers against the published recipe of the same encoder."""
    rng = np.random.default_rng(0)
    data = standardize(np.cumsum(rng.standard_normal((CHANNELS, 2400)), axis=1))
    x = torch.from_numpy(data[:, : peer.WINDOW].copy())
    n = x.numel()
    network = Learned(SFREQ).network
    network.start(torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(network.groups(1e-5), eps=1e-7, foreach=False)

    def step() -> None:
        loss = (network(x, 0.5) - x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    train = {"ours": n / peer.fastest(step), "recipe": n / peer.train_seconds(x)}
    learned = Learned(SFREQ)
    learned.network.start(torch.Generator().manual_seed(0))
    learned.refactor([data])
    residual = Residual(SFREQ).fit([data], rng)
    tokens = learned.encode(data)
    windows = torch.from_numpy(data.reshape(-1, peer.WINDOW))
    encode = {
        "ours": data.size / peer.fastest(lambda: learned.encode(data)),
        "recipe": data.size / peer.encode_seconds(windows),
        "residual": data.size / peer.fastest(lambda: residual.encode(data)),
    }
    decode = data.size / peer.fastest(lambda: learned.decode(tokens))
    print("\ntokens per CPU second, 52 channels")
    print(
        f"training the published encoder: recipe {train['recipe']:,.0f}, ours {train['ours']:,.0f}"
    )
    print(f"encoding with it: recipe {encode['recipe']:,.0f}, ours {encode['ours']:,.0f}")
    print(f"encoding residual tokens: {encode['residual']:,.0f}; decoding learned: {decode:,.0f}")
    return {
        "meggpt.train_speed_vs_full_decoder": train["ours"] / train["recipe"],
        "meggpt.encode_speed_vs_peer": encode["ours"] / encode["recipe"],
        "meggpt.own_encode_speed_vs_peer": encode["residual"] / encode["recipe"],
    }


def tokenizer() -> dict[str, float]:
    """Rate and distortion on parcels of real MEG: the first 80 % of time to learn from."""
    path = _parcels()
    if path is None:
        print("\nno parcels found; run `snakemake preprocess`, or give --parcels PATH")
        return {}
    array = hdf5.read(path)["parcels"]
    data = standardize(array.values, where=str(path))
    cut = int(0.8 * data.shape[1])
    train, test = [data[:, :cut]], [data[:, cut:]]
    band = f"{array.attrs['highpass']:g}-{array.attrs['lowpass']:g} Hz"
    print(f"\n{path.name}: {data.shape[0]} parcels, {data.shape[1] / SFREQ:.0f} s, {band}")
    print(f"{'held-out time':28} {'PVE %':>8} {'used':>5}  nats: unigram bigram trigram   bits")
    rng = np.random.default_rng(0)
    found = {
        "mu-law": [
            _show(f"mu-law {n}", measure(MuLaw(SFREQ, n).fit(train, rng), train, test))
            for n in (8, 12, 16, 24, 32, 64, 108, 182)
        ],
        "residual": [
            _show(f"residual, step {s}", measure(Residual(SFREQ, s).fit(train, rng), train, test))
            for s in (0.7, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01, 0.004)
        ],
    }
    for n in (32, 108):
        _show(f"quantile {n}", measure(Quantile(SFREQ, n).fit(train, rng), train, test))
    pve = _learned(train, test)
    rates = np.arange(1.5, 3.6, 0.25)
    ours, levels = (
        [at_rate(found[name], each) for each in rates] for name in ("residual", "mu-law")
    )
    print("PVE % at equal rate   " + " ".join(f"{each:7.2f}" for each in rates) + " nats")
    print("  residual            " + " ".join(f"{each:7.3f}" for each in ours))
    print("  mu-law              " + " ".join(f"{each:7.3f}" for each in levels))
    return {"meggpt.learned_pve": pve}


def _learned(train: Sequence[Signals], test: Sequence[Signals]) -> float:
    """Our training of the learned tokenizer, and the published recipe at the same steps."""
    begun = time.process_time()
    recipe = Learning(n_stages=10, n_steps=30, n_restarts=1)
    ours = Learned(SFREQ, recipe=recipe).fit(train, np.random.default_rng(0))
    seconds = time.process_time() - begun
    rate = _show("learned", measure(ours, train, test))
    last = ours.courses[-1].pve[-1]
    print(f"  {seconds:.0f} CPU s; held-out PVE by stage, hard tokens: ", end="")
    print(" ".join(f"{each:.1f}" for each in ours.courses[0].pve))
    windows = list(torch.split(torch.from_numpy(test[0].copy()), peer.WINDOW, dim=1))
    print(f"  best stage, filters as trained: {hard_pve(ours.network, windows):.2f} %;", end=" ")
    print(f"published recipe, same steps: its last stage has {last:.2f} % on what judges stages")
    return rate.pve


def generation() -> dict[str, float]:
    """At the released model's size: ours with memory, the published recipe without."""
    rng = np.random.default_rng(0)
    data = standardize(np.cumsum(rng.standard_normal((CHANNELS, 2000)), axis=1))
    tokens = Residual(SFREQ, STEP).fit([data], rng)
    shape = Shape(tokens.n_tokens, CHANNELS, 256, 5, 4, 704, 100, 16, tokens.n_tokens + len(LAGS))
    model = Model(shape)
    model.start(torch.Generator().manual_seed(0), torch.from_numpy(tokens.frequencies))
    n = sum(each.numel() for each in model.parameters())
    session = prepare(tokens, data)
    start = Start(session.statistics[None], session.tokens[None, :, :100])
    generator = Generator(model, tokens)
    stream = generator.stream(start, 1000, rng)
    next(stream)  # reads the prompt
    ours = peer.fastest(lambda: [next(stream) for _ in range(10)]) / 10
    theirs = peer.generate_seconds()
    print(f"\n52 channels, {n / 1e6:.2f} million parameters, tokens per CPU second")
    print(f"published recipe {CHANNELS / theirs:,.0f}, ours {CHANNELS / ours:,.0f}")
    return {"meggpt.generation_speed_vs_uncached": theirs / ours}


def model() -> dict[str, float]:
    """Simulated sessions: foretold better than by trigrams, and generated like the truth."""
    truth = draw_truth(Recipe(), np.random.default_rng(0))
    drawn = [simulate(truth, np.random.default_rng(i + 1)) for i in range(N_TRAIN + N_TEST)]
    data = [standardize(each.data) for each in drawn]
    tokens = Residual(SFREQ, STEP).fit(data[:N_TRAIN], np.random.default_rng(0))
    sessions = [prepare(tokens, each) for each in data]
    train, test = sessions[:N_TRAIN], sessions[N_TRAIN:]
    learned = [each.tokens for each in train]
    held = [each.tokens[:, each.begin :] for each in test]
    print(f"\nsimulated, {N_TRAIN} sessions of 60 s to learn from, {N_TEST} held out, 0-125 Hz")
    print(f"{'held-out sessions':28} {'nats':>8} {'bits':>8} {'top-1':>8} {'top-5':>8}")
    codes = {}
    for name, order in (("unigram", 1), ("bigram", 2), ("trigram", 3)):
        codes[name] = NGram(order, tokens.n_tokens).fit(learned).score(held)
        _told(name, codes[name])
    linear = Autoregression(80).fit([tokens.values[each] for each in learned])
    _told("autoregression, order 80", linear.score(held, tokens.values))
    fitted = {}
    for name, across in (("ours", True), ("channels on their own", False)):
        begun = time.process_time()
        fitted[name] = _train(tokens, train, across)
        told = score(fitted[name], test, stride=2)
        _told(name, told, time.process_time() - begun)
        codes[name] = told
    least = np.mean([oracle_nats(tokens, each, 3000) for each in drawn[N_TRAIN:]])
    print(f"{'oracle: law, bursts, past':28} {least:8.4f}")
    known = drawn[N_TRAIN:]
    rows = {
        name: _generate(name, one, tokens, sessions, known, truth) for name, one in fitted.items()
    }
    return {
        "meggpt.ce_vs_trigram": codes["ours"].nats / codes["trigram"].nats,
        "meggpt.generated_covariance_r": rows["ours"],
    }


def _generate(
    name: str,
    one: Model,
    tokens: Residual,
    sessions: list[Session],
    known: list[Simulated],
    truth: Truth,
) -> float:
    """Sessions like those held out, against the law that these were drawn from."""
    rng = np.random.default_rng(0)
    correlation = shared(one, tokens, sessions[:N_TRAIN], rng) if name == "ours" else None
    generator = Generator(one, tokens, correlation=correlation)
    start = Start(np.stack([each.statistics for each in sessions[N_TRAIN:]]))
    begun = time.process_time()
    made = generator.run(start, N_GENERATED, rng, skip=250)
    seconds = time.process_time() - begun
    print(f"{name}: {made.size / seconds:,.0f} tokens generated per CPU s")
    rows = []
    for each, session in zip(made, known, strict=True):
        data, real = tokens.decode(each), standardize(session.data)
        scale = session.data.std(axis=1)
        covariance = truth.covariance(session.strengths) / np.outer(scale, scale)
        frequencies, density = welch(data, SFREQ)
        cosine = cosines(density, truth.spectra(frequencies, session.strengths)).mean()
        like = compare(data, real, SFREQ)
        r = off_diagonal(np.cov(data), covariance)
        rows.append((r, cosine, like.cosine.mean(), like.envelopes))
    row = np.mean(rows, axis=0)
    print(
        f"  covariance with the truth r = {row[0]:.3f}; spectra 1-45 Hz, cosine with the truth "
        f"{row[1]:.4f}, with the session {row[2]:.4f}; alpha envelopes r = {row[3]:.3f}"
    )
    return float(row[0])


def _train(tokens: Residual, sessions: list[Session], across: bool) -> Model:
    n_statistics = sessions[0].statistics.shape[1]
    shape = Shape(
        tokens.n_tokens, CHANNELS, 64, 2, 2, 128, 64, n_statistics=n_statistics, across=across
    )
    made = Model(shape)
    made.start(torch.Generator().manual_seed(0), torch.from_numpy(tokens.frequencies))
    schedule = SCHEDULE if across else replace(SCHEDULE, n_steps=SCHEDULE.n_steps // 2)
    for _ in Trainer(made, sessions, schedule).run():
        pass
    return made


def _parcels() -> Path | None:
    if "--parcels" in sys.argv:
        return Path(sys.argv[sys.argv.index("--parcels") + 1])
    return next(iter(sorted(Path("results").glob("*/preprocessed/**/*_parcels.h5"))), None)


def _show(name: str, rate: Rate) -> Rate:
    nats = " ".join(f"{each:7.3f}" for each in (rate.unigram, rate.bigram, rate.trigram))
    bits = rate.best / np.log(2)
    print(f"{name:28} {rate.pve:8.3f} {rate.used:5d}       {nats} {bits:6.2f}", flush=True)
    return rate


def _told(name: str, told, seconds: float | None = None) -> None:  # type: ignore[no-untyped-def]
    shown = "" if seconds is None else f"  {seconds:.0f} CPU s"
    print(f"{name:28} {told.nats:8.4f} {told.bits:8.4f} {told.top1:8.4f} {told.top5:8.4f}{shown}")


PARTS: dict[str, Callable[[], dict[str, float]]] = {
    part.__name__: part for part in (speed, tokenizer, generation, model)
}


def main(names: list[str]) -> int:
    torch.set_num_threads(1)
    values: dict[str, float] = {}
    for name in [name for name in names if name in PARTS] or PARTS:
        values |= PARTS[name]()
    if not values:
        return 0
    return 0 if tell("meggpt", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
