"""Training: AdamW, warm-up and cosine, and a state that goes on where it stopped, bit by bit.

What a step draws depends on the seed and the step's number alone, so that a checkpoint is the
weights, the optimizer's moments and a number.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neuro.analyses.meggpt.corpus import Batch, Session, cut
from neuro.analyses.meggpt.model import Model
from neuro.analyses.meggpt.windowed import Windowed
from neuro.torchkit.checkpoint import read_state, write_state


@dataclass(frozen=True)
class Schedule:
    """How to train.

    Parameters
    ----------
    n_steps : int
        Steps of the optimizer.
    n_windows, length : int
        Windows per step and their length in samples.
    accumulate : int
        Parts that a step's windows are computed in.
    rate, floor : float
        Highest learning rate, and its share that is left in the end.
    warmup : float
        Share of steps in which it rises.
    decay : float
        Weight decay of matrices.
    clip : float
        Largest norm of the gradient.
    seed : int
        Of everything drawn.
    """

    n_steps: int = 300
    n_windows: int = 2
    length: int = 64
    accumulate: int = 1
    rate: float = 5e-3
    floor: float = 0.02
    warmup: float = 0.05
    decay: float = 0.05
    clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.n_steps, self.n_windows, self.length, self.accumulate) < 1:
            raise ValueError("schedule: steps, windows, length and parts must be at least 1")
        if self.n_windows % self.accumulate:
            raise ValueError(
                f"accumulate: {self.n_windows} windows cannot be computed in "
                f"{self.accumulate} equal parts"
            )

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        rise = max(round(self.warmup * self.n_steps), 1)
        if step < rise:
            return self.rate * (step + 1) / rise
        done = (step - rise) / max(self.n_steps - rise, 1)
        return self.rate * (self.floor + (1 - self.floor) * 0.5 * (1 + float(np.cos(np.pi * done))))


class Trainer:
    """A model in training.

    Parameters
    ----------
    model : Model or Windowed
        Started.
    sessions : sequence of Session
        To learn from.
    schedule : Schedule
        How.
    device : torch.device
        Where; on CUDA in bfloat16.
    """

    def __init__(
        self,
        model: Model | Windowed,
        sessions: Sequence[Session],
        schedule: Schedule,
        device: torch.device | None = None,
    ) -> None:
        self.device = device or torch.device("cpu")
        self.model, self.sessions, self.schedule = model.to(self.device), sessions, schedule
        _check(model, sessions, schedule)
        self.parallel: nn.Module = _parallel(model, self.device)
        matrices = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        groups: list[dict[str, Any]] = [
            {"params": matrices, "weight_decay": schedule.decay},
            {"params": others},
        ]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)
        self.step = 0

    def run(self, until: int | None = None) -> Iterator[float]:
        """Train, and give the loss of each step, in nats per token.

        Parameters
        ----------
        until : int | None
            Step to stop before; the schedule's end where not given.

        Yields
        ------
        loss : float
            Mean cost of a token.
        """
        self.model.train()
        end = self.schedule.n_steps if until is None else until
        while self.step < end:
            yield self._one()

    def save(self, path: str | Path) -> None:
        """Write weights, moments and step to one safetensors file."""
        arrays = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                arrays[f"optimizer.{key}.{name}"] = value
        about = {"step": self.step, "shape": asdict(self.model.shape)}
        write_state(path, arrays, {**about, "schedule": asdict(self.schedule)})

    def resume(self, path: str | Path) -> None:
        """Go on from a file that :meth:`save` wrote.

        Raises
        ------
        ValueError
            If it is cut short, or was made with other settings.
        """
        arrays, about = read_state(path)
        for name, own in (("shape", self.model.shape), ("schedule", self.schedule)):
            _same(path, name, about[name], asdict(own))
        self.model.load_state_dict(
            {k.removeprefix("model."): v for k, v in arrays.items() if k.startswith("model.")}
        )
        for name, parameter in self.model.named_parameters():
            keys = [k for k in arrays if k.startswith("optimizer.") and k.endswith("." + name)]
            state = {k.removeprefix("optimizer.").removesuffix("." + name): arrays[k] for k in keys}
            if state:
                self.optimizer.state[parameter] = {
                    k: v if k == "step" else v.to(self.device) for k, v in state.items()
                }
        self.step = int(about["step"])

    def _one(self) -> float:
        schedule = self.schedule
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.rate_at(self.step)
        rank, _ = _place()
        rng = np.random.default_rng((schedule.seed, self.step, rank))
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        each = schedule.n_windows // schedule.accumulate
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**62)))  # dropout
            for _ in range(schedule.accumulate):
                batch = draw(self.sessions, each, schedule.length, self.model.shape.lags, rng)
                loss = self._loss(batch.to(self.device)) / schedule.accumulate
                loss.backward()  # type: ignore[no-untyped-call]
                total += float(loss.detach())
        nn.utils.clip_grad_norm_(self.model.parameters(), schedule.clip)
        self.optimizer.step()
        self.step += 1
        return total

    def _loss(self, batch: Batch) -> Tensor:
        cuda = self.device.type == "cuda"
        context = torch.autocast("cuda", torch.bfloat16) if cuda else nullcontext()
        with context:
            return cost(self.parallel, batch)


def cost(model: Callable[..., Tensor], batch: Batch) -> Tensor:
    """Mean negative log probability of what a model foretells: ours, all tokens but the first."""
    scores = model(batch.tokens[..., :-1], batch.past, batch.statistics)
    targets = batch.tokens[..., -scores.shape[-2] :]
    return functional.cross_entropy(scores.flatten(0, -2).float(), targets.flatten())


def draw(
    sessions: Sequence[Session], n_windows: int, n: int, lags: int, rng: np.random.Generator
) -> Batch:
    """Windows from anywhere in sessions, each session as often as it is long."""
    sizes = np.array([each.tokens.shape[1] - n for each in sessions], dtype=np.float64)
    chosen = rng.choice(len(sessions), n_windows, p=sizes / sizes.sum())
    where = [(int(i), int(rng.integers(sizes[i]))) for i in chosen]
    return cut(sessions, where, n, lags)


def _parallel(model: Model | Windowed, device: torch.device) -> nn.Module:
    """The model as torchrun's processes share it; itself without torchrun."""
    if _place()[1] == 1:
        return model
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return nn.parallel.DistributedDataParallel(
        model, device_ids=[device.index] if device.type == "cuda" else None
    )


def _place() -> tuple[int, int]:
    """Number of this process and of all, as torchrun says."""
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def _check(model: Model | Windowed, sessions: Sequence[Session], schedule: Schedule) -> None:
    if not len(sessions):
        raise ValueError("sessions: there is none to learn from")
    for i, each in enumerate(sessions):
        n_channels, n_times = each.tokens.shape
        if n_channels != model.shape.n_channels:
            raise ValueError(
                f"session {i}: the model is for {model.shape.n_channels} channels. "
                f"Got {n_channels}."
            )
        if each.tokens.max() >= model.shape.n_tokens:
            raise ValueError(
                f"session {i}: the model's vocabulary is 0 to {model.shape.n_tokens - 1}. Got "
                f"token {each.tokens.max()}; use the tokenizer that the model was made for."
            )
        if n_times <= schedule.length:
            raise ValueError(
                f"session {i}: {n_times} samples are too few for windows of {schedule.length}"
            )


def _same(path: str | Path, name: str, found: dict[str, Any], own: dict[str, Any]) -> None:
    differ = [key for key in own if found.get(key) != own[key]]
    if differ:
        key = differ[0]
        raise ValueError(
            f"{path}: {name}.{key} is {found.get(key)!r} in the checkpoint and {own[key]!r} here; "
            "give the same settings, or begin anew"
        )
