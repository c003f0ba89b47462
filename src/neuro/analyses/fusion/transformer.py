"""A multimodal transformer of the fusion model's size, trained from labels alone.

Every view is a token; what a token holds is read off the view as the fusion model's encoders do,
with weights of any sign. One layer of attention and a feedforward layer let tokens interact.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, gelu, softmax

from neuro.analyses.fusion.adam import Adam
from neuro.analyses.fusion.cohort import MODALITIES, Cohort
from neuro.analyses.fusion.model import Masks, scores_of
from neuro.analyses.fusion.networks import Data
from neuro.analyses.fusion.ridge import Scored
from neuro.stats.folds import Outer

WIDTH, HIDDEN = 7, 14
N_STEPS, RATE, DECAY = 40, 0.02, 1e-3


class Transformer(torch.nn.Module):
    """As many transformers as folds have inner folds; all parameters have these two axes first.

    Parameters
    ----------
    n_folds, n_inner : int
        Folds.
    n_views : int
        Tokens.
    n_regions : int
        Regions.
    generator : torch.Generator
        Random numbers.
    """

    def __init__(
        self, n_folds: int, n_inner: int, n_views: int, n_regions: int, generator: torch.Generator
    ) -> None:
        super().__init__()

        def parameter(*shape: int, scale: float) -> torch.nn.Parameter:
            drawn = torch.randn((n_folds, n_inner, *shape), generator=generator)
            return torch.nn.Parameter(drawn * scale)

        self.encoders = torch.nn.ParameterList(
            [parameter(WIDTH, n_regions, scale=1.0) for _ in MODALITIES]
        )
        self.places = parameter(1, n_views, WIDTH, scale=0.5)
        self.attention = parameter(3, WIDTH, WIDTH, scale=WIDTH**-0.5)
        self.up = parameter(1, WIDTH, HIDDEN, scale=WIDTH**-0.5)
        self.down = parameter(1, HIDDEN, WIDTH, scale=HIDDEN**-0.5)
        self.out = parameter(WIDTH, scale=0.1)

    @property
    def n_parameters(self) -> int:
        """Numbers that one of them learns."""
        return sum(p.numel() // (p.shape[0] * p.shape[1]) for p in self.parameters())

    def forward(self, data: Data) -> Tensor:
        """Log-odds, shape (n_folds, n_inner, n)."""
        tokens = []
        for each in data.inputs:
            weights = self.encoders[MODALITIES.index(each.view.modality)]
            weights = weights / weights.norm(dim=-1, keepdim=True)
            tokens.append(data.standardized(each.states(weights), each.view.modality))
        x = torch.stack(tokens, dim=3) + self.places
        query, key, value = (x @ self.attention[:, :, k, None] for k in range(3))
        mixed = softmax(query @ key.transpose(-1, -2) / WIDTH**0.5, -1) @ value
        x = x + mixed
        x = x + gelu(x @ self.up) @ self.down
        return (x.mean(3) @ self.out[..., None])[..., 0]


def score_transformer(cohort: Cohort, folds: list[Outer], rng: np.random.Generator) -> Scored:
    """Nested scores: each stops where its own validation subjects are predicted best.

    Parameters
    ----------
    cohort : Cohort
        The people.
    folds : list of Outer
        Folds.
    rng : numpy.random.Generator
        Random numbers.
    """
    assert cohort.labels is not None
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    data = Data.of(cohort, [fold.split.train for fold in folds])
    masks = Masks.of(folds, len(cohort))
    labels = torch.from_numpy(cohort.labels.astype(np.float32))
    shape = (len(folds), masks.learned.shape[1], len(data.inputs), data.n_regions)
    model = Transformer(*shape, generator)
    optimizer = Adam(list(model.parameters()), DECAY)
    best = torch.zeros(masks.learned.shape)
    lowest = torch.full(best.shape[:2], torch.inf)
    for _ in range(N_STEPS):
        logits = model(data)
        loss = binary_cross_entropy_with_logits(logits, labels.expand_as(logits), reduction="none")
        with torch.no_grad():
            seen = (loss * masks.watched).sum(-1) / masks.watched.sum(-1)
            better = seen < lowest
            lowest = torch.where(better, seen, lowest)
            best = torch.where(better[..., None], logits, best)
        optimizer.step(((loss * masks.learned).sum(-1) / masks.learned.sum(-1)).sum(), RATE)
    return scores_of(best[:, None], masks)
