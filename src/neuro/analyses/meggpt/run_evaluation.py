"""How well held-out tokens are foretold, and how like recordings what was generated is."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from neuro.analyses.meggpt import kept, trained
from neuro.analyses.meggpt.foretelling import foretell, oracle
from neuro.analyses.meggpt.habits import bursts_of, fingerprints_of
from neuro.analyses.meggpt.inputs import Recorded, load_all
from neuro.analyses.meggpt.likeness import (
    BANDS,
    band_powers,
    compare,
    cosines,
    envelope_correlation,
    off_diagonal,
    welch,
)
from neuro.analyses.meggpt.run_generation import LINEAR
from neuro.analyses.meggpt.score_table import Table
from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers import Tokenizer, load
from neuro.analyses.meggpt.trained import CONTROL, OWN
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.io.tables import write_tsv

if TYPE_CHECKING:
    from neuro.config.meggpt import MEGGPT

logger = logging.getLogger(__name__)

REAL, HALF, TRUTH = "real", "other half", "truth"


class Outputs(Protocol):
    """Files: `evaluation` (`.h5`), `scores` (`.tsv`)."""

    evaluation: Path
    scores: Path


@dataclass(frozen=True)
class Inputs:
    """What the stages before have left: files."""

    tokens: Path
    tokenizer: Path
    model: Path
    generated: Path
    baselines: Path


def run(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    made: Inputs,
    outputs: Outputs,
    *,
    dataset: str,
    settings: "MEGGPT",
    seed: int,
    rng: np.random.Generator,
    truth: str | Path | None = None,
) -> None:
    """Evaluate a dataset's model.

    Parameters
    ----------
    paths, recordings : sequence
        As :func:`neuro.analyses.meggpt.run_tokens.run` takes them.
    made : Inputs
        Files of the stages before.
    outputs : Outputs
        Where everything goes.
    dataset : str
        Its name.
    settings : MEGGPT
        The section `meggpt`.
    seed : int
        The configuration's seed, for the table.
    rng : numpy.random.Generator
        Random numbers.
    truth : str | Path, optional
        `truth.h5` of simulated sessions.

    """
    fitted, corpus = load(made.tokenizer), kept.read(made.tokens)
    found = trained.read(made.model)
    corpus.check(fitted, made.tokens)
    found.check(fitted, made.model)
    sessions = load_all(paths, [Recording(**fields) for fields in recordings])
    real = {s.label: _held_out(s, corpus) for s in sessions if s.label in corpus.test}
    law = {} if truth is None else hdf5.read(truth)
    table = Table(dataset, corpus, seed)
    for method, by_session in foretell(corpus, fitted, found.models).items():
        for label, told in by_session.items():
            table.add(method, label, {"nats": told.nats, "bits": told.bits,
                                      "top1": told.top1, "top5": told.top5})  # fmt: skip
    for label, data in real.items() if law else ():
        if (least := oracle(fitted, data, law, label)) is not None:
            table.add("oracle", label, {"nats": least, "bits": least / np.log(2)})
    arrays: dict[str, Array] = {}
    made_signals = _made_signals(made, fitted)
    for label, sources in made_signals.items():
        logger.info("comparing %s", label)
        halves = {**sources, HALF: real[label][:, real[label].shape[1] // 2 :]}
        arrays |= _compare(table, label, halves, real[label], law, corpus.sfreq)
    imitated = {label: real[label] for label in made_signals}
    arrays |= bursts_of(table, imitated, made_signals, corpus.sfreq, rng)
    arrays |= fingerprints_of(table, imitated, made_signals)
    if sessions[0].positions is not None:
        arrays["positions"] = Array(sessions[0].positions, ("channel", "xyz"), "mm")
    hdf5.write(outputs.evaluation, arrays, settings.generation.model_dump(mode="json"))
    write_tsv(outputs.scores, table.frame())


def _held_out(session: Recorded, corpus: kept.Corpus) -> Signals:
    """The end of a session that its held-out tokens are of."""
    return session.data[:, -corpus.test[session.label].shape[1] :]


def _made_signals(made: Inputs, tokenizer: Tokenizer) -> dict[str, dict[str, Signals]]:
    """Generated signals by session, then by what made them."""
    labels = hdf5.read_params(made.generated)["labels"]
    tokens = hdf5.read(made.generated)["tokens"].values
    baselines = hdf5.read(made.baselines)
    found = {}
    for label, own in zip(labels, tokens, strict=True):
        found[label] = {OWN: tokenizer.decode(own)}
        for source in (CONTROL, LINEAR):
            if f"{source}/{label}" in baselines:
                found[label][source] = baselines[f"{source}/{label}"].values
    return found


def _compare(
    table: Table,
    label: str,
    sources: Mapping[str, Signals],
    real: Signals,
    law: Mapping[str, Array],
    sfreq: float,
) -> dict[str, Array]:
    """Metrics of each source, and what the figures show."""
    arrays: dict[str, Array] = {}
    for source, data in {REAL: real, **sources}.items():
        if source != REAL:
            # The other half is judged by the first half, which is as long as it.
            against = real[:, : real.shape[1] // 2] if source == HALF else real
            like = compare(data, against, sfreq)
            table.add(source, label, {
                "psd_cosine": float(like.cosine.mean()),
                "psd_distance": float(like.distance.mean()),
                "covariance_r": like.covariance,
                "envelope_r": like.envelopes,
                **{f"{name}_power_r": r for name, r in like.bands.items()},
            })  # fmt: skip
        frequencies, density = welch(data, sfreq)
        if law and source != HALF:
            table.add(source, label, _against_law(data, frequencies, density, law, label))
        arrays |= {
            f"{label}/{source}/spectra": Array(density, ("channel", "frequency"), "1/Hz"),
            f"{label}/{source}/covariance": Array(np.cov(data), ("channel", "channel")),
            f"{label}/{source}/envelopes": Array(
                envelope_correlation(data, sfreq), ("channel", "channel")
            ),
            f"{label}/{source}/bands": Array(_bands(data, sfreq), ("band", "channel")),
            f"{label}/{source}/frequencies": Array(frequencies, ("frequency",), "Hz"),
            f"{label}/{source}/example": Array(
                data[:, : round(2 * sfreq)].astype(np.float32), ("channel", "time"), "1",
                {"sfreq": sfreq},
            ),
        }  # fmt: skip
    if law:
        for key in ("covariance", "spectra", "frequencies"):
            arrays[f"{label}/{TRUTH}/{key}"] = law[f"{label}/{key}"]
    return arrays


def _against_law(
    data: Signals,
    frequencies: np.ndarray[Any, Any],
    density: np.ndarray[Any, Any],
    law: Mapping[str, Array],
    label: str,
) -> dict[str, float]:
    """Likeness to the law that a simulated session was drawn from."""
    known = law[f"{label}/frequencies"].values
    spectra = law[f"{label}/spectra"].values
    stated = np.stack([np.interp(frequencies, known, row) for row in spectra])
    return {
        "truth_covariance_r": off_diagonal(np.cov(data), law[f"{label}/covariance"].values),
        "truth_psd_cosine": float(cosines(density, stated).mean()),
    }


def _bands(data: Signals, sfreq: float) -> np.ndarray[Any, Any]:
    """Share of the power of each channel in each band, in the order of :data:`BANDS`."""
    powers = band_powers(data, sfreq)
    return np.stack([powers[name] for name in BANDS])
