"""How well a model foretells tokens, in the units of the n-gram codes beside it."""

from collections.abc import Sequence

import torch

from neuro.analyses.meggpt.corpus import Session, cut, every_window
from neuro.analyses.meggpt.model import Model
from neuro.analyses.meggpt.ngrams import TOP, Foretold
from neuro.analyses.meggpt.windowed import Windowed

STRETCH = 4
"""Windows that are scored in one go; attention never reaches further back than one."""


@torch.no_grad()
def score(model: Model | Windowed, sessions: Sequence[Session], warm: int = 32) -> Foretold:
    """How well the tokens of sessions are foretold, after the part that statistics are of.

    Parameters
    ----------
    model : Model or Windowed
        Trained.
    sessions : sequence of Session
        Held out.
    warm : int
        First targets of each stretch that are not counted, for want of context; stretches
        overlap by as much, so that every sample counts once.

    Returns
    -------
    foretold : Foretold
        Cost and shares of hits.
    """
    model.eval()
    shortest = min((each.tokens.shape[1] - each.begin for each in sessions), default=0)
    n = min(STRETCH * model.shape.window, shortest - 2)
    if n < 1:
        raise ValueError("sessions: there is none, or one has nothing left after its beginning")
    if not 0 <= warm < n:
        raise ValueError(f"warm: must be in the range [0, {n}). Got {warm!r}.")
    device = model.head.weight.device
    log_p, top1, top5, count = 0.0, 0, 0, 0
    for index, begin in every_window(sessions, n - warm):
        first = max(begin - warm, 0)
        if first + n >= sessions[index].tokens.shape[1]:
            continue
        batch = cut(sessions, [(index, first)], n, model.shape.lags).to(device)
        scores = model(batch.tokens[..., :-1], batch.past, batch.statistics)[
            :, :, warm - n :
        ].float()
        target = batch.tokens[:, :, 1 + warm :, None]
        own = scores.gather(-1, target)
        log_p += float((scores.logsumexp(-1, keepdim=True) - own).sum(dtype=torch.float64))
        rank = (scores > own).sum(-1)
        top1, top5 = top1 + int((rank < 1).sum()), top5 + int((rank < TOP).sum())
        count += rank.numel()
    if not count:
        raise ValueError(f"sessions: all are too short for a stretch of {n} samples")
    return Foretold(log_p / count, top1 / count, top5 / count, count)
