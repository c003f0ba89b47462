"""Models of simulated sessions: foretold better than by trigrams, and generated like the truth."""

import time

import numpy as np

from neuro.analyses.meggpt.autoregression import Autoregression
from neuro.analyses.meggpt.bursts import Bursts
from neuro.analyses.meggpt.corpus import Session, prepare
from neuro.analyses.meggpt.fingerprint import fingerprint
from neuro.analyses.meggpt.generation import Generator, Start, shared
from neuro.analyses.meggpt.likeness import (
    band_powers,
    cosines,
    envelope_correlation,
    off_diagonal,
    welch,
)
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.ngrams import Foretold, NGram
from neuro.analyses.meggpt.oracle import oracle_nats
from neuro.analyses.meggpt.scoring import score
from neuro.analyses.meggpt.sessions import standardize
from neuro.analyses.meggpt.start import start
from neuro.analyses.meggpt.tokenizers import Residual
from neuro.analyses.meggpt.training import Schedule, Trainer
from neuro.datasets.rhythms import Recipe, Simulated, Truth, draw_truth, simulate

CHANNELS, SFREQ = 52, 250.0
STEP = 0.3
"""Step of the tokens."""
N_TRAIN, N_TEST = 5, 2
"""Sessions of a minute to learn from, and held out."""
N_COPIES, N_TIMES = 4, 3750
"""What is generated of each held-out session: so many times so many samples, a minute in all."""
SCHEDULE = Schedule(n_steps=80, n_windows=2, length=64, rate=5e-3)
N_BURSTS = 4
"""Channels whose bursts are looked at."""


class World:
    """What both models have in common."""

    def __init__(self) -> None:
        self.truth: Truth = draw_truth(Recipe(), np.random.default_rng(0))
        n = N_TRAIN + N_TEST
        self.drawn = [simulate(self.truth, np.random.default_rng(i + 1)) for i in range(n)]
        self.data = [standardize(each.data) for each in self.drawn]
        self.tokens = Residual(SFREQ, STEP).fit(self.data[:N_TRAIN], np.random.default_rng(0))
        self.sessions = [prepare(self.tokens, each) for each in self.data]
        self.train, self.test = self.sessions[:N_TRAIN], self.sessions[N_TRAIN:]

    @property
    def known(self) -> list[tuple[Session, Simulated]]:
        """Held-out sessions and what is known of them."""
        return list(zip(self.test, self.drawn[N_TRAIN:], strict=True))


def model() -> dict[str, float]:
    """Cross-entropies beside n-grams, and generated sessions beside the law."""
    world = World()
    codes = _codes(world)
    fitted = {
        name: _train(world, name, across)
        for name, across in (("ours", True), ("channels on their own", False))
    }
    for name, one in fitted.items():
        codes[name] = score(one, world.test[:1])
        _told(name, codes[name])
    least = np.mean([oracle_nats(world.tokens, drawn, 3000) for _, drawn in world.known])
    print(f"{'oracle: law, bursts, past':28} {least:8.4f}")
    _limits(world)
    rows = {name: _generate(name, one, world) for name, one in fitted.items()}
    return {
        "meggpt.ce_vs_trigram": codes["ours"].nats / codes["trigram"].nats,
        "meggpt.generated_covariance_r": rows["ours"]["covariance"],
        "meggpt.generated_psd_cosine": rows["ours"]["cosine"],
    }


def _codes(world: World) -> dict[str, Foretold]:
    """N-grams and the linear model of each channel on its own."""
    learned = [each.tokens for each in world.train]
    held = [each.tokens[:, each.begin :] for each in world.test[:1]]
    print(f"\nsimulated, {N_TRAIN} sessions of 60 s to learn from, {N_TEST} held out, 0-125 Hz")
    print(f"{'a held-out session':28} {'nats':>8} {'bits':>8} {'top-1':>8} {'top-5':>8}")
    codes = {}
    for name, order in (("unigram", 1), ("bigram", 2), ("trigram", 3)):
        codes[name] = NGram(order, world.tokens.n_tokens).fit(learned).score(held)
        _told(name, codes[name])
    linear = Autoregression(80).fit([world.tokens.values[each] for each in learned])
    _told("autoregression, order 80", linear.score(held, world.tokens.values))
    return codes


def _train(world: World, name: str, across: bool) -> Model:
    """The same steps on the same windows."""
    n_statistics = world.train[0].statistics.shape[1]
    shape = Shape(
        world.tokens.n_tokens, CHANNELS, 64, 2, 2, 128, 64, n_statistics=n_statistics, across=across
    )
    begun = time.process_time()
    made = start(shape, world.tokens, world.train)
    solved = time.process_time()
    _told(f"{name}, before training", score(made, world.test[:1]))
    again = time.process_time()
    for _ in Trainer(made, world.train, SCHEDULE).run():
        pass
    trained = time.process_time() - again
    print(f"  {name}: solved in {solved - begun:.0f}, trained in {trained:.0f} CPU s")
    return made


def _limits(world: World) -> None:
    """What a finite recording, and tokens, take from the cosine of spectra."""
    rows = []
    for (session, drawn), data in zip(world.known, world.data[N_TRAIN:], strict=True):
        decoded = world.tokens.decode(session.tokens)
        short = data[:, :4000]
        rows.append([_cosine([each], drawn, world) for each in (data, decoded, short)])
    whole, tokens, short = np.mean(rows, axis=0)
    print(
        f"spectra of real sessions, 1-45 Hz, cosine with the truth: 60 s {whole:.4f}, their tokens "
        f"decoded {tokens:.4f}, 16 s only {short:.4f}"
    )


def _generate(name: str, one: Model, world: World) -> dict[str, float]:
    """Sessions like those held out, against the law that these were drawn from."""
    rng = np.random.default_rng(0)
    correlation = shared(one, world.tokens, world.train, rng)
    generator = Generator(one, world.tokens, correlation=correlation if name == "ours" else None)
    statistics = np.stack([each.statistics for each in world.test])
    begun = time.process_time()
    n_copies = N_COPIES if name == "ours" else 1  # covariances, which it lacks, need no more
    made = generator.run(Start(np.repeat(statistics, n_copies, axis=0)), N_TIMES, rng, skip=250)
    seconds = time.process_time() - begun
    each = n_copies * N_TIMES / SFREQ
    print(f"{name}: {made.size / seconds:,.0f} tokens generated per CPU s, {each:.0f} s a session")
    copies = [
        [world.tokens.decode(each) for each in made[i : i + n_copies]]
        for i in range(0, len(made), n_copies)
    ]
    rows = [_row(own, world, i) for i, own in enumerate(copies)]
    row = {key: float(np.mean([each[key] for each in rows])) for key in rows[0]}
    print(
        f"  covariance with the truth r = {row['covariance']:.3f}; spectra 1-45 Hz, cosine with "
        f"the truth {row['cosine']:.4f}; 8-12 Hz envelopes r = {row['envelopes']:.3f}"
    )
    print("  maps of band power, r: " + ", ".join(f"{k} {row[k]:.2f}" for k in list(row)[3:]))
    joined = [np.concatenate(own, axis=1) for own in copies]
    found = fingerprint(joined, world.data[N_TRAIN:])
    print(
        f"  fingerprints, {len(joined)} sessions: {found.top1:.2f} are nearest to their own "
        f"(chance {found.chance:.2f}); consistency r = {found.consistency:.2f}"
    )
    _bursts(joined[0], world)
    return row


def _row(own: list[np.ndarray], world: World, index: int) -> dict[str, float]:
    """One session: covariance, spectra and envelopes, and maps."""
    _, drawn = world.known[index]
    real = world.data[N_TRAIN + index]
    scale = drawn.data.std(axis=1)
    covariance = world.truth.covariance(drawn.strengths) / np.outer(scale, scale)
    envelopes = np.mean([envelope_correlation(each, SFREQ) for each in own], axis=0)
    maps = [band_powers(np.concatenate(own, axis=1), SFREQ), band_powers(real, SFREQ)]
    return {
        "covariance": off_diagonal(np.mean([np.cov(each) for each in own], axis=0), covariance),
        "cosine": _cosine(own, drawn, world),
        "envelopes": off_diagonal(envelopes, envelope_correlation(real, SFREQ)),
        **{key: float(np.corrcoef(maps[0][key], maps[1][key])[0, 1]) for key in maps[0]},
    }


def _cosine(pieces: list[np.ndarray], drawn: Simulated, world: World) -> float:
    """Mean cosine, over channels, of spectra of pieces with those of the law."""
    frequencies, _ = welch(pieces[0], SFREQ)
    density = np.mean([welch(each, SFREQ)[1] for each in pieces], axis=0)
    return float(cosines(density, world.truth.spectra(frequencies, drawn.strengths)).mean())


def _bursts(made: np.ndarray, world: World) -> None:
    """Bursts of a few channels, by states that were found in the real session."""
    rng = np.random.default_rng(0)
    shown = []
    for channel in np.linspace(0, CHANNELS - 1, N_BURSTS).astype(int):
        real = world.data[N_TRAIN][channel]
        states = Bursts().fit([real], SFREQ, rng)
        ours, theirs = states.summary(made[channel], SFREQ), states.summary(real, SFREQ)
        shown.append(f"{ours.rate:.2f}/{theirs.rate:.2f} {ours.lifetime:.2f}/{theirs.lifetime:.2f}")
    print("  bursts, generated/real rate (Hz) and lifetime (s), 1-45 Hz: " + "; ".join(shown))


def _told(name: str, told: Foretold) -> None:
    print(
        f"{name:28} {told.nats:8.4f} {told.bits:8.4f} {told.top1:8.4f} {told.top5:8.4f}", flush=True
    )
