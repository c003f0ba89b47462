"""Self-supervised pretraining of the criss-cross encoder: hidden patches are restored.

It sees trials without labels, and of the training set only. Its weights are saved and loaded by the
same path as any other's.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from neuro.analyses.eegbench.networks.crisscross import CrissCrossEncoder
from neuro.analyses.eegbench.networks.recipe import Recipe
from neuro.analyses.eegbench.networks.training import seeded
from neuro.analyses.eegbench.networks.weights import save_weights

F32 = NDArray[np.float32]
BATCH_SIZE = 64


@dataclass(frozen=True)
class Pretraining:
    """What pretraining came to.

    Parameters
    ----------
    losses : tuple of float
        Mean squared error of hidden patches in each epoch.
    floor : float
        That of predicting zero, i.e. the mean square of the patches.
    """

    losses: tuple[float, ...]
    floor: float


def pretrain(
    encoder: CrissCrossEncoder,
    X: F32,
    seed: int,
    epochs: int = 30,
    hidden: float = 0.5,
    batch_size: int = BATCH_SIZE,
    n_updates: int | None = None,
) -> Pretraining:
    """Train an encoder to restore hidden patches.

    Parameters
    ----------
    encoder : CrissCrossEncoder
        Trained in place.
    X : ndarray of float32, shape (n_trials, n_channels, n_times)
        Trials, after the contract.
    seed : int
        Of what is hidden and the order of trials.
    epochs : int
        Passes over the trials.
    hidden : float
        Share of patches.
    batch_size : int
        Trials in a step.
    n_updates : int or None
        Gradient steps at most.

    Returns
    -------
    pretraining : Pretraining
        Losses, and what they must beat.
    """
    device = next(encoder.parameters()).device
    n_batches = -(-len(X) // batch_size)
    total = min(epochs * n_batches, n_updates or epochs * n_batches)
    recipe = Recipe()
    losses: list[float] = []
    with seeded(seed, 4):
        restore = nn.Linear(encoder.norm.normalized_shape[0], encoder.patch_size).to(device)
        trained = [*(p for p in encoder.parameters() if p.requires_grad), *restore.parameters()]
        optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: recipe.rate(k, total))
        encoder.train()
        for epoch in tqdm(range(-(-total // n_batches)), "pretraining", disable=None, leave=False):
            order = np.random.default_rng([seed, 5, epoch]).permutation(len(X))
            batches = np.array_split(order, n_batches)[: total - epoch * n_batches]
            losses.append(0.0)
            for batch in batches:
                x = torch.from_numpy(X[batch]).to(device)
                patches = encoder.patches(x)
                mask = torch.rand(patches.shape[:3], device=device) < hidden
                optimizer.zero_grad()
                error = restore(encoder(x, mask)) - patches
                loss = error[mask].square().mean()
                loss.backward()
                nn.utils.clip_grad_norm_(trained, 1.0)
                optimizer.step()
                schedule.step()
                losses[-1] += float(loss.detach()) / len(batches)
    encoder.eval()
    return Pretraining(tuple(losses), float(np.mean(np.square(X))))


def pretrain_to(
    folder: str | Path,
    encoder: CrissCrossEncoder,
    X: F32,
    seed: int,
    epochs: int = 30,
    n_updates: int | None = None,
) -> Pretraining:
    """Pretrain an encoder and write its weights where :func:`load_weights` finds them.

    Parameters
    ----------
    folder : str or Path
        Gets the weights.
    encoder, X, seed, epochs, n_updates
        As for :func:`pretrain`.
    """
    found = pretrain(encoder, X, seed, epochs, n_updates=n_updates)
    save_weights(encoder, folder, {"patch_size": encoder.patch_size})
    return found
