"""The published recipe of the learned tokenizer and of generation, written from its description."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from neuro.analyses.meggpt.published import PublishedModel, released

WINDOW = 200


class PeerTokenizer(nn.Module):
    """GRU encoder, normalized scores, and a convolution whose outputs are added up."""

    def __init__(self, n_tokens: int = 128, n_units: int = 128, width: int = 10) -> None:
        super().__init__()
        self.encoder = nn.GRU(1, n_units, batch_first=True)
        self.scores = nn.Linear(n_units, n_tokens)
        self.norm = nn.LayerNorm(n_tokens)
        self.decoder = nn.Conv1d(n_tokens, n_tokens, width, padding="same")
        self.soft = 1.0

    def weights(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.norm(self.scores(self.encoder(x[..., None])[0])) / 0.1
        hard = nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).float()
        if not self.training:
            return hard
        return self.soft * scores.softmax(-1) + (1 - self.soft) * hard

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        weights = self.weights(x)
        return weights, self.decoder(weights.transpose(1, 2)).sum(1)


def train_seconds(x: torch.Tensor) -> float:
    """CPU seconds of one training step."""
    model = PeerTokenizer()
    model.soft = 0.5
    optimizer = torch.optim.Adam(model.parameters(), 1e-5, eps=1e-7)

    def step() -> None:
        loss = (model(x)[1] - x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return fastest(step)


def encode_seconds(x: torch.Tensor) -> float:
    """CPU seconds of tokens of windows, decoded along the way as its forward pass does."""
    model = PeerTokenizer().eval()

    def run() -> None:
        with torch.no_grad():
            model(x)[0].argmax(-1)

    return fastest(run)


def generate_seconds(other: Callable[[], object], times: int = 8) -> tuple[float, float]:
    """CPU seconds of one sample of 52 channels, the whole window anew, and of another run.

    In turns, since neighbors on the machine slow both alike.
    """
    model = PublishedModel(released()).eval()
    tokens = torch.from_numpy(np.random.default_rng(0).integers(66, size=(1, 52, 100)))

    def step() -> None:
        with torch.no_grad():
            p = model(tokens)[:, :, -1].softmax(-1)
            torch.multinomial(p[0], 1)

    pairs = [(fastest(step, 1), fastest(other, 1)) for _ in range(times)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def fastest(run, times: int = 3) -> float:  # type: ignore[no-untyped-def]
    """Least CPU seconds of a few runs, after one that does not count."""
    run()
    seconds = []
    for _ in range(times):
        begun = time.process_time()
        run()
        seconds.append(time.process_time() - begun)
    return min(seconds)
