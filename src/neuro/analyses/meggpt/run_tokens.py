"""From recordings of a dataset to tokens, a tokenizer, and a table of rates and distortions."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from neuro.analyses.meggpt import kept
from neuro.analyses.meggpt.inputs import Recorded, check_lengths, first_held_out, load_all
from neuro.analyses.meggpt.kept import Corpus
from neuro.analyses.meggpt.rates import Rate, measure
from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers import Learned, MuLaw, Quantile, Residual, Tokenizer
from neuro.analyses.meggpt.tokenizers.learning import Recipe
from neuro.io.bids import Recording
from neuro.io.progress import Progress
from neuro.io.tables import write_tsv

if TYPE_CHECKING:
    from neuro.config.meggpt import MEGGPT, Tokens

logger = logging.getLogger(__name__)


class Outputs(Protocol):
    """Files: `tokenizer` (`.safetensors`), `tokens` (`.h5`), `rates` (`.tsv`)."""

    tokenizer: Path
    tokens: Path
    rates: Path


def run(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    outputs: Outputs,
    *,
    settings: "MEGGPT",
    rng: np.random.Generator,
) -> Corpus:
    """Fit tokenizers to training signals, and measure them on what is held out.

    Parameters
    ----------
    paths : sequence of str | Path
        Parcels, continuous recordings or trials.
    recordings : sequence of mapping
        Fields of each :class:`~neuro.io.bids.Recording`.
    outputs : Outputs
        Where everything goes.
    settings : MEGGPT
        The section `meggpt`.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    corpus : Corpus
        Tokens of the model's tokenizer.

    Raises
    ------
    ValueError
        If sessions differ in rate, are too short, or have a channel that is constant or not
        finite.
    """
    sessions = load_all(paths, [Recording(**fields) for fields in recordings])
    split, first = first_held_out(sessions, settings.split, settings.held_out)
    check_lengths(sessions, first, max(settings.training.length, settings.model.window))
    train, test = _parts(sessions, first)
    for name, part in (("training", train), ("held out", test)):
        seconds = sum(each.shape[1] for each in part.values()) / sessions[0].sfreq
        logger.info("%s: %d sessions, %.0f s, by %s", name, len(part), seconds, split)
    chosen = fit(settings.tokens, sessions[0].sfreq, list(train.values()), rng)
    chosen.save(outputs.tokenizer)
    corpus = Corpus(
        train={label: chosen.encode(each) for label, each in train.items()},
        test={label: chosen.encode(each) for label, each in test.items()},
        names=sessions[0].names,
        sfreq=sessions[0].sfreq,
        band=(max(each.band[0] for each in sessions), min(each.band[1] for each in sessions)),
        split=split,
    )
    kept.write(outputs.tokens, corpus, settings.tokens.model_dump(mode="json"))
    signals = list(train.values()), list(test.values())
    write_tsv(outputs.rates, _rates(chosen, settings.tokens, *signals, rng))
    return corpus


def fit(
    settings: "Tokens", sfreq: float, train: Sequence[Signals], rng: np.random.Generator
) -> Tokenizer:
    """Fit the model's tokenizer, or take the authors' released weights."""
    if settings.kind == "residual":
        return Residual(sfreq, settings.step).fit(train, rng)
    if settings.kind == "learned":
        if settings.weights is not None:
            return released(settings.weights, settings, sfreq, train)
        return learned(settings, settings.n_tokens, sfreq).fit(train, rng)
    levels: dict[str, type[MuLaw | Quantile]] = {"mu-law": MuLaw, "quantile": Quantile}
    return levels[settings.kind](sfreq, settings.n_tokens).fit(train, rng)


def learned(settings: "Tokens", n_tokens: int, sfreq: float) -> Learned:
    """A learned tokenizer that is not fitted yet."""
    how = settings.learning
    shape = {key: getattr(how, key) for key in ("n_units", "width", "padding")}
    given = {
        key: getattr(how, key) for key in ("rate", "n_stages", "n_steps", "noise", "n_restarts")
    }
    return Learned(sfreq, n_tokens, **shape, recipe=Recipe(**given))


RELEASED = 250.0
"""Rate of the signals that the released weights were trained on, Hz."""


def released(
    weights: str | Path, settings: "Tokens", sfreq: float, train: Sequence[Signals]
) -> Learned:
    """The tokenizer with the authors' weights; its vocabulary is what occurs in the signals.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is another one, or the signals have another rate.
    """
    if not Path(weights).expanduser().is_file():
        raise FileNotFoundError(
            f"meggpt.tokens.weights: there is no file {weights}; give the path of the released "
            "model_state.pt"
        )
    if not np.isclose(sfreq, RELEASED):
        raise ValueError(
            f"meggpt.tokens.weights: they are for signals at {RELEASED:g} Hz. Got {sfreq:g} Hz; "
            "resample the recordings"
        )
    tokenizer = learned(settings, 128, sfreq)
    tokenizer.load_published(Path(weights).expanduser())
    tokenizer.refactor(train)
    return tokenizer


def _parts(
    sessions: Sequence[Recorded], first: Sequence[int]
) -> tuple[dict[str, Signals], dict[str, Signals]]:
    """Training and held-out signals by session."""
    train = {s.label: s.data[:, :cut] for s, cut in zip(sessions, first, strict=True) if cut}
    test = {
        s.label: s.data[:, cut:]
        for s, cut in zip(sessions, first, strict=True)
        if cut < s.data.shape[1]
    }
    return train, test


def _rates(
    chosen: Tokenizer,
    settings: "Tokens",
    train: Sequence[Signals],
    test: Sequence[Signals],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """A row per tokenizer, the model's first."""
    setting = settings.step if settings.kind == "residual" else settings.n_tokens
    rows = [_row(settings.kind, setting, chosen, measure(chosen, train, test), of_model=True)]
    others = list(_compared(settings, chosen.sfreq))
    progress = Progress(logger, "tokenizer", len(others))
    for done, (kind, value, tokenizer) in enumerate(others, start=1):
        if (kind, value) != (settings.kind, setting):
            tokenizer.fit(train, rng)
            rows.append(_row(kind, value, tokenizer, measure(tokenizer, train, test)))
        progress.at(
            done, f"{kind} {value:g}: {rows[-1]['pve']:.2f} % at {rows[-1]['best']:.2f} nats"
        )
    return pd.DataFrame(rows)


def _compared(settings: "Tokens", sfreq: float) -> Iterator[tuple[str, float, Tokenizer]]:
    for n in settings.compare.mu_law:
        yield "mu-law", n, MuLaw(sfreq, n)
    for n in settings.compare.quantile:
        yield "quantile", n, Quantile(sfreq, n)
    for step in settings.compare.residual:
        yield "residual", step, Residual(sfreq, step)
    for n in settings.compare.learned:
        yield "learned", n, learned(settings, n, sfreq)


def _row(
    kind: str, setting: float, tokenizer: Tokenizer, rate: Rate, *, of_model: bool = False
) -> dict[str, Any]:
    contexts = ("unigram", "bigram", "trigram")
    costs = {key: value if np.isfinite(value := getattr(rate, key)) else np.nan for key in contexts}
    return {
        "tokenizer": kind,
        "setting": setting,
        "vocabulary": tokenizer.n_tokens,
        "used": rate.used,
        "pve": rate.pve,
        **costs,
        "best": rate.best,
        "bits": rate.best / np.log(2),
        "of_model": of_model,
    }
