"""How well the tokens of each held-out session are foretold: by models, short contexts, the law."""

from collections.abc import Mapping

import numpy as np

from neuro.analyses.meggpt.autoregression import Autoregression
from neuro.analyses.meggpt.kept import SHARE, Corpus
from neuro.analyses.meggpt.model import Model
from neuro.analyses.meggpt.ngrams import MOST, Foretold, NGram
from neuro.analyses.meggpt.oracle import oracle_nats
from neuro.analyses.meggpt.run_generation import LINEAR, order_for
from neuro.analyses.meggpt.scoring import score
from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers import Residual, Tokenizer
from neuro.analyses.meggpt.trained import warm_of
from neuro.analyses.meggpt.windowed import Windowed
from neuro.datasets.rhythms import Simulated
from neuro.io.hdf5 import Array

NGRAMS = {1: "unigram", 2: "bigram", 3: "trigram"}
Scores = dict[str, dict[str, Foretold]]


def foretell(
    corpus: Corpus, tokenizer: Tokenizer, models: Mapping[str, Model | Windowed]
) -> Scores:
    """Score models and baselines on each held-out session, after its first fifth.

    Parameters
    ----------
    corpus : Corpus
        Tokens; baselines are fitted to the training sessions.
    tokenizer : Tokenizer
        Theirs.
    models : mapping of str to Model or Windowed
        Trained.

    Returns
    -------
    scores : dict of str to dict of str to Foretold
        By method, then by session.
    """
    sessions = dict(zip(corpus.test, corpus.sessions(tokenizer, "test"), strict=True))
    learned = list(corpus.train.values())
    held = {label: [s.tokens[:, s.begin - 2 :]] for label, s in sessions.items()}
    found: Scores = {}
    for order, name in NGRAMS.items():
        if tokenizer.n_tokens**order <= MOST:
            table = NGram(order, tokenizer.n_tokens).fit(learned)
            found[name] = {label: table.score(tokens) for label, tokens in held.items()}
    # What a token stands for, not what it decodes to: that also hangs on its neighbors.
    values = tokenizer.values
    linear = Autoregression(order_for(learned)).fit([values[each] for each in learned])
    found[LINEAR] = {label: linear.score(tokens, values) for label, tokens in held.items()}
    for name, model in models.items():
        warm = warm_of(model)
        found[name] = {label: score(model, [each], warm) for label, each in sessions.items()}
    return found


def oracle(
    tokenizer: Tokenizer, data: Signals, truth: Mapping[str, Array], label: str
) -> float | None:
    """Cost of a token for one who knows a simulation's law, nats; None where it is not known.

    Parameters
    ----------
    tokenizer : Tokenizer
        Only residual tokens are cells of a prediction error.
    data : ndarray, shape (n_channels, n_times)
        The held-out part of a session, its end.
    truth : mapping of str to Array
        What the source `rhythms` wrote to `truth.h5`.
    label : str
        The session.
    """
    if not isinstance(tokenizer, Residual):
        return None
    mean, deviation = (
        truth[f"{label}/{key}"].values[:, -data.shape[1] :] for key in ("mean", "deviation")
    )
    known = Simulated(data.astype(np.float64), np.zeros(0), np.zeros((0, 0), bool), mean, deviation)
    return oracle_nats(tokenizer, known, int(SHARE * data.shape[1]))


def mean_of(scores: Mapping[str, Foretold]) -> float:
    """Mean cost over sessions, nats per token."""
    return float(np.mean([each.nats for each in scores.values()]))
