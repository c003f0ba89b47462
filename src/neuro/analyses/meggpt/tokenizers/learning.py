"""How the learned tokenizer learns: from soft tokens to hard ones, and the best of several runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.network import Network, overlap


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    rate : float
        Learning rate of Adam; the filters' is larger by the number of tokens.
    n_stages, n_steps : int
        Stages of annealing, and steps in each.
    end : float
        Share of the soft tokens in the last stage; it falls to it linearly from 1.
    noise : {"none", "gumbel"}
        Noise on the scores where hard tokens are drawn.
    n_rows, window : int
        Windows per step and their length in samples.
    n_restarts : int
        Runs; the one with the most held-out variance explained by hard tokens is kept.
    held_out : float
        Share of each session, its end, that decides between stages and runs.
    """

    rate: float = 1e-3
    n_stages: int = 20
    n_steps: int = 30
    end: float = 0.0
    noise: Literal["none", "gumbel"] = "none"
    n_rows: int = 32
    window: int = 200
    n_restarts: int = 2
    held_out: float = 0.1

    def __post_init__(self) -> None:
        if min(self.n_stages, self.n_steps, self.n_rows, self.window, self.n_restarts) < 1:
            raise ValueError("recipe: stages, steps, rows, window and restarts must be at least 1")
        if not 0 <= self.end <= 1 or not 0 < self.held_out < 1:
            raise ValueError(f"recipe: end {self.end}, held_out {self.held_out} are not shares")
        if self.noise not in ("none", "gumbel"):
            raise ValueError(f"noise: allowed values are 'none' and 'gumbel'. Got {self.noise!r}.")


@dataclass(frozen=True)
class Course:
    """One run: held-out variance explained by hard tokens after each stage, in percent."""

    pve: tuple[float, ...]
    loss: tuple[float, ...]


def learn(
    network: Network, sessions: Sequence[Signals], recipe: Recipe, rng: np.random.Generator
) -> list[Course]:
    """Train a network in place, several times, and leave the best of all stages in it.

    Parameters
    ----------
    network : Network
        Replaced by the best one found.
    sessions : sequence of ndarray, shape (n_channels, n_times)
        Standardized sessions.
    recipe : Recipe
        How.
    rng : Generator
        Where the runs' randomness comes from.

    Returns
    -------
    courses : list of Course
        One for each run.
    """
    train, judge = _split(sessions, recipe)
    best, kept, courses = -np.inf, network.state_dict(), []
    for _ in range(recipe.n_restarts):
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        network.start(generator)
        optimizer = torch.optim.Adam(network.groups(recipe.rate), eps=1e-7, foreach=False)
        found, losses = [], []
        for soft in np.linspace(1, recipe.end, recipe.n_stages):
            losses.append(_stage(network, optimizer, train, recipe, float(soft), generator))
            found.append(hard_pve(network, judge))
            if found[-1] > best:
                best = found[-1]
                kept = {key: value.clone() for key, value in network.state_dict().items()}
        courses.append(Course(tuple(found), tuple(losses)))
    network.load_state_dict(kept)
    return courses


@torch.no_grad()
def hard_pve(network: Network, windows: Sequence[Tensor]) -> float:
    """Percentage of variance of windows that hard tokens explain."""
    lost = total = 0.0
    for each in windows:
        scores, _ = network.score(each)
        decoded = overlap(network.filters[scores.argmax(-1)], network.ahead).T + network.offset
        lost += float((each - decoded).square().sum())
        total += float(each.square().sum())
    return 100 * (1 - lost / total)


def _stage(
    network: Network,
    optimizer: torch.optim.Adam,
    sessions: Sequence[Tensor],
    recipe: Recipe,
    soft: float,
    generator: torch.Generator,
) -> float:
    """Steps at one share of soft tokens; their mean loss."""
    total = 0.0
    for _ in range(recipe.n_steps):
        x = _draw(sessions, recipe, generator)
        noise = None
        if recipe.noise == "gumbel" and soft < 1:
            shape = (*x.T.shape, network.scores.out_features)
            noise = -torch.empty(shape).exponential_(generator=generator).log()
        loss = (network(x, soft, noise) - x).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += float(loss.detach())
    return total / recipe.n_steps


def _draw(sessions: Sequence[Tensor], recipe: Recipe, generator: torch.Generator) -> Tensor:
    """Windows from anywhere, each session as often as it is long."""
    sizes = torch.tensor([float(each.numel()) for each in sessions])
    which = torch.multinomial(sizes, recipe.n_rows, replacement=True, generator=generator)
    rows = []
    for index in which.tolist():
        each = sessions[index]
        channel = int(torch.randint(len(each), (), generator=generator))
        begin = int(torch.randint(each.shape[1] - recipe.window + 1, (), generator=generator))
        rows.append(each[channel, begin : begin + recipe.window])
    return torch.stack(rows)


def _split(sessions: Sequence[Signals], recipe: Recipe) -> tuple[list[Tensor], list[Tensor]]:
    """Beginnings of sessions to learn from, and windows of their ends to judge by."""
    train, judge = [], []
    for i, each in enumerate(sessions):
        cut = round((1 - recipe.held_out) * each.shape[1])
        if min(cut, each.shape[1] - cut) < recipe.window:
            raise ValueError(
                f"session {i}: {each.shape[1]} samples are too few for windows of {recipe.window} "
                f"to learn from and, in the last {recipe.held_out:.0%}, to judge by; give longer "
                "sessions, shorter windows, or a larger held_out"
            )
        values = torch.from_numpy(np.ascontiguousarray(each))
        train.append(values[:, :cut])
        judge += list(torch.split(values[:, cut:], recipe.window, dim=1))
    return train, judge
