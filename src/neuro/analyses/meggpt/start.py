"""A model before its first step: drawn weights, and a linear part that is solved."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import torch

from neuro.analyses.meggpt.cells import scale_up
from neuro.analyses.meggpt.corpus import Session
from neuro.analyses.meggpt.linear import fill, solve
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.tokenizers.base import Tokenizer
from neuro.torchkit.checkpoint import read_state


def start(shape: Shape, tokenizer: Tokenizer, sessions: Sequence[Session], seed: int = 0) -> Model:
    """Make a model to be trained.

    Parameters
    ----------
    shape : Shape
        Its sizes.
    tokenizer : Tokenizer
        Whose tokens it is for.
    sessions : sequence of Session
        It will be trained on; the linear part is solved from them.
    seed : int
        Of the drawn weights.

    Returns
    -------
    model : Model
        What it foretells at first is what the linear part does; where tokens are not amplitudes,
        so that this is worse than their frequencies, it is the frequencies.
    """
    model = Model(shape)
    frequencies = torch.from_numpy(tokenizer.frequencies)
    model.start(torch.Generator().manual_seed(seed), frequencies)
    solved = solve(sessions, tokenizer.values, shape.lags, shape.across)
    drawn = {key: value.clone() for key, value in model.linear.state_dict().items()}
    fill(model.linear, solved, tokenizer)
    scale_up(model.linear, sessions, tokenizer)
    entropy = -float((frequencies * (frequencies + 1e-12).log()).sum())
    if _cost(model, sessions) < entropy:
        torch.nn.init.zeros_(model.head.bias)
    else:
        model.linear.load_state_dict(drawn)
    return model


def load_model(path: str | Path) -> Model:
    """Read the model of a checkpoint that :meth:`Trainer.save` wrote.

    Parameters
    ----------
    path : str | Path
        The checkpoint.

    Returns
    -------
    model : Model
        As it was then.

    Raises
    ------
    ValueError
        If it is cut short or not a checkpoint.
    """
    arrays, about = read_state(path)
    names = {each.name for each in fields(Shape)}
    model = Model(Shape(**{key: value for key, value in about["shape"].items() if key in names}))
    model.load_state_dict(
        {key.removeprefix("model."): v for key, v in arrays.items() if key.startswith("model.")}
    )
    return model.eval()


@torch.no_grad()
def _cost(model: Model, sessions: Sequence[Session], n_times: int = 1000) -> float:
    """Nats per token of the linear part alone, on the beginnings of sessions."""
    costs = []
    lags = model.shape.lags
    for each in sessions[:4]:
        past = torch.from_numpy(each.trace[None, :, : n_times - 1])
        target = torch.from_numpy(each.tokens[None, :, lags:n_times].astype("int64"))
        law = torch.zeros(*past.shape[:2], past.shape[2] - lags + 1, 2)
        log_p = model.linear(past, law).log_softmax(-1)
        costs.append(-float(log_p.gather(-1, target[..., None]).mean()))
    return sum(costs) / len(costs)
