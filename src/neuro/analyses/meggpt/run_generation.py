"""Sessions like those held out: tokens, written as they are drawn, and baselines beside them."""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt import kept, recorded, trained, windowed
from neuro.analyses.meggpt.autoregression import Autoregression
from neuro.analyses.meggpt.generation import Generator, Start
from neuro.analyses.meggpt.model import Model
from neuro.analyses.meggpt.sampling import Sampling
from neuro.analyses.meggpt.tokenizers import Tokenizer, load
from neuro.analyses.meggpt.trained import CONTROL, OWN
from neuro.analyses.meggpt.windowed import Windowed
from neuro.io import hdf5
from neuro.io.hdf5 import Array
from neuro.io.progress import Progress

if TYPE_CHECKING:
    from neuro.config.meggpt import MEGGPT

logger = logging.getLogger(__name__)

FORGOTTEN = 1.0
"""Seconds that are dropped, until the model has forgotten how it began."""
ORDER = 80
"""Of the autoregression, as published."""
LINEAR = "autoregression"


class Outputs(Protocol):
    """Files: `generated` (tokens) and `baselines` (signals), both `.h5`."""

    generated: Path
    baselines: Path


def run(
    tokens: str | Path,
    tokenizer: str | Path,
    model: str | Path,
    outputs: Outputs,
    *,
    settings: "MEGGPT",
    rng: np.random.Generator,
) -> None:
    """Generate sessions, told what they shall be like by the beginnings of held-out ones.

    Parameters
    ----------
    tokens, tokenizer, model : str | Path
        What tokenizing and training wrote.
    outputs : Outputs
        Where everything goes.
    settings : MEGGPT
        The section `meggpt`.
    rng : numpy.random.Generator
        Random numbers.

    Raises
    ------
    ValueError
        If the files do not belong together.
    """
    fitted, corpus, found = load(tokenizer), kept.read(tokens), trained.read(model)
    corpus.check(fitted, tokens)
    found.check(fitted, model)
    how = settings.generation
    labels = list(corpus.test)[: how.n_sessions]
    imitated = corpus.sessions(fitted, "test")[: len(labels)]
    start = Start(np.stack([each.statistics for each in imitated]))
    n_times, skip = round(how.seconds * corpus.sfreq), round(FORGOTTEN * corpus.sfreq)
    sampling = Sampling(how.temperature, how.top_p, how.top_k, how.typical)
    own = found.models[OWN]
    if isinstance(own, Windowed):
        stream = windowed.stream(own, fitted, sampling, start, n_times + skip, rng)
    else:
        generator = Generator(own, fitted, sampling, found.correlation)
        stream = generator.stream(start, n_times + skip, rng)
    about = {**how.model_dump(mode="json"), "labels": labels, "sfreq": corpus.sfreq}
    counted = _counted(stream, n_times + skip, "generated: sample")
    recorded.write_stream(outputs.generated, islice(counted, skip, None), n_times, about)
    arrays: dict[str, Array] = {}
    control = found.models.get(CONTROL)
    if isinstance(control, Model):
        alone = Generator(control, fitted, sampling).stream(start, n_times + skip, rng)
        counted = _counted(alone, n_times + skip, "control: sample")
        drawn = np.stack(list(islice(counted, skip, None)), axis=-1)
        for label, each in zip(labels, drawn, strict=True):
            arrays[f"{CONTROL}/{label}"] = _signals(fitted.decode(each), corpus.sfreq)
    linear = linear_baseline(corpus, fitted)
    for label in labels:
        arrays[f"{LINEAR}/{label}"] = _signals(linear.generate(n_times, rng), corpus.sfreq)
    hdf5.write(outputs.baselines, arrays, how.model_dump(mode="json"))


def linear_baseline(corpus: kept.Corpus, tokenizer: Tokenizer) -> Autoregression:
    """Each channel's linear autoregression on the training sessions' tokens."""
    signals = [tokenizer.decode(each) for each in corpus.train.values()]
    return Autoregression(order_for(signals)).fit(signals)


def order_for(sessions: Sequence[NDArray[Any]]) -> int:
    """Order of the autoregression, less where sessions are short."""
    return min(ORDER, *(int(each.shape[1]) // 4 for each in sessions))


def _signals(data: NDArray[np.float32], sfreq: float) -> Array:
    return Array(data.astype(np.float32), ("channel", "time"), "1", {"sfreq": sfreq})


def _counted(
    stream: Iterator[NDArray[np.uint16]], total: int, what: str
) -> Iterator[NDArray[np.uint16]]:
    progress = Progress(logger, what, total)
    for done, sample in enumerate(stream, start=1):
        progress.at(done)
        yield sample
