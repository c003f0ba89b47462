"""Tokens of MEG: what they cost and keep, and does a model of them foretell and generate?

`python -m benchmarks.meggpt` measures every claim; `python -m benchmarks.meggpt speed tokenizer
generation model hands faces` some parts only. `--parcels PATH` is a recording's parcels, as
`snakemake preprocess` leaves them; without it, the first ones below `results/`. `--peer PATH` times
the authors' own tokenizer as well, from a copy of their repository. Single-threaded; CPU seconds.
"""

import os
import sys

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks import _meggpt_authors as authors
from benchmarks import _meggpt_peer as peer
from benchmarks._claims import tell
from benchmarks._meggpt_decoding import FACES, faces, hands
from benchmarks._meggpt_model import model
from neuro.analyses.meggpt.corpus import LAGS, prepare
from neuro.analyses.meggpt.generation import Generator, Start
from neuro.analyses.meggpt.model import Shape
from neuro.analyses.meggpt.rates import Rate, at_rate, measure
from neuro.analyses.meggpt.sessions import Signals, good_samples, standardize
from neuro.analyses.meggpt.start import start
from neuro.analyses.meggpt.tokenizers import Learned, MuLaw, Quantile, Residual
from neuro.analyses.meggpt.tokenizers.learning import Recipe as Learning
from neuro.analyses.meggpt.tokenizers.learning import hard_pve
from neuro.io import hdf5

CHANNELS, SFREQ = 52, 250.0
STEP = 0.3
"""Step of the residual tokens that models are trained on."""


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
    if "--peer" in sys.argv:
        theirs = authors.seconds(sys.argv[sys.argv.index("--peer") + 1])
        print("\nthe authors' own code, tokens per CPU second: ", end="")
        print(f"training {n / theirs['train']:,.0f}, encoding {n / theirs['encode']:,.0f}")
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
    """Rate and distortion on real MEG, parcels and sensors, without its bad samples."""
    path = _parcels()
    if path is None:
        print("\nno parcels found; run `snakemake preprocess`, or give --parcels PATH")
        return {}
    file = hdf5.read(path)
    array, good = file["parcels"], file["good"].values.astype(bool)
    data = good_samples(array.values, good, where=str(path))
    band = f"{array.attrs['highpass']:g}-{array.attrs['lowpass']:g} Hz"
    print(f"\n{path.name}: {data.shape[0]} parcels, {band}", end="")
    train, test = _halves(data)
    curves = _curves(train, test)
    for n in (32, 108):
        quantile = Quantile(SFREQ, n).fit(train, np.random.default_rng(0))
        _show(f"quantile {n}", measure(quantile, train, test))
    pve = _learned(train, test)
    _compare(curves)
    for recording in sorted(path.parent.glob("*_proc-clean_raw.fif"))[:1]:
        _sensors(recording)
    for epochs in sorted(Path().glob(FACES))[:1]:
        _electrodes(epochs)
    return {"meggpt.learned_pve": pve}


def _halves(data: Signals, sfreq: float = SFREQ) -> tuple[list[Signals], list[Signals]]:
    """The first 80 % of time to learn from, and the rest."""
    cut = int(0.8 * data.shape[1])
    print(f", {data.shape[1] / sfreq:.1f} s good; tested on the last {0.2:.0%} of time")
    print(f"{'held-out time':28} {'PVE %':>8} {'used':>5}  nats: unigram bigram trigram   bits")
    return [data[:, :cut]], [data[:, cut:]]


def _curves(train: list[Signals], test: list[Signals]) -> dict[str, list[Rate]]:
    """Mu-law and residual tokens at several settings."""
    rng = np.random.default_rng(0)
    levels = [
        _show(f"mu-law {n}", measure(MuLaw(SFREQ, n).fit(train, rng), train, test))
        for n in (8, 12, 16, 24, 32, 64, 108, 182)
    ]
    ours = [
        _show(f"residual, step {s}", measure(Residual(SFREQ, s).fit(train, rng), train, test))
        for s in (0.7, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01, 0.004)
    ]
    return {"mu-law": levels, "residual": ours}


def _compare(curves: dict[str, list[Rate]]) -> None:
    rates = np.arange(1.5, 4.1, 0.25)
    print("PVE % at equal rate   " + " ".join(f"{each:7.2f}" for each in rates) + " nats")
    for name, curve in curves.items():
        print(f"  {name:20}" + " ".join(f"{at_rate(curve, each):7.3f}" for each in rates))


def _sensors(path: Path) -> None:
    """All sensors of the cleaned recording, in the band it was kept in."""
    import mne

    raw = mne.io.read_raw_fif(path, verbose="error").pick("meg", exclude=[])
    rate = SFREQ / raw.info["sfreq"]
    raw.load_data()
    if not np.isclose(rate, 1):
        raw.resample(SFREQ, verbose="error")
    data = standardize(raw.get_data(reject_by_annotation="omit"), raw.ch_names, str(path))
    band = f"{raw.info['highpass']:g}-{min(raw.info['lowpass'], SFREQ / 2):g} Hz"
    print(f"\n{path.name}: {len(data)} sensors, {band}", end="")
    _compare(_curves(*_halves(data)))


def _electrodes(path: Path) -> None:
    """Every eighth electrode of cleaned epochs, laid end to end."""
    import mne

    epochs = mne.read_epochs(path, verbose="error").pick("eeg")
    data = epochs.get_data()[:, ::8].swapaxes(0, 1)
    signals = standardize(data.reshape(len(data), -1), epochs.ch_names[::8], str(path))
    band = f"{epochs.info['highpass']:g}-{epochs.info['lowpass']:g} Hz"
    print(f"\n{path.name}: {len(signals)} electrodes, {band}", end="")
    _compare(_curves(*_halves(signals, epochs.info["sfreq"])))


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
    shape = Shape(tokens.n_tokens, CHANNELS, 256, 5, 4, 704, 100, 40, tokens.n_tokens + len(LAGS))
    session = prepare(tokens, data)
    made = start(shape, tokens, [session])
    n = sum(each.numel() for each in made.state_dict().values())
    generator = Generator(made, tokens)
    begin = Start(session.statistics[None], session.tokens[None, :, :100])
    stream = generator.stream(begin, 1000, rng)
    next(stream)  # reads the prompt
    theirs, ours = peer.generate_seconds(lambda: [next(stream) for _ in range(20)])
    ours /= 20
    print(f"\n52 channels, {n / 1e6:.2f} million parameters, tokens per CPU second")
    print(f"published recipe {CHANNELS / theirs:,.0f}, ours {CHANNELS / ours:,.0f}")
    return {"meggpt.generation_speed_vs_uncached": theirs / ours}


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
    part.__name__: part for part in (speed, tokenizer, generation, model, hands, faces)
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
