"""Gradient descent on trials: seeded, resumable, stopped early on groups that were held out.

A plain loop rather than a callback framework: its state is few tensors, so a run that was cut off
continues to the same weights, and they are saved as safetensors instead of pickles.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from neuro.analyses.eegbench.networks.checkpoints import Progress, load_progress, save_progress
from neuro.analyses.eegbench.networks.histn import ordinal_targets
from neuro.analyses.eegbench.networks.holdout import balanced_weights, hold_out
from neuro.analyses.eegbench.networks.library import quiet
from neuro.analyses.eegbench.networks.recipe import Recipe
from neuro.analyses.eegbench.trials import Ints, Strings

F32 = NDArray[np.float32]


@contextmanager
def seeded(*seeds: int) -> Iterator[None]:
    """Seed torch for a block of code, and leave its state as it was."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0]))
        yield


@dataclass
class Training:
    """A training run.

    Parameters
    ----------
    module : nn.Module
        Gives logits; trained in place.
    recipe : Recipe
        How it is trained.
    n_classes : int
        Classes.
    seed : int
        Of the held-out groups, the order of trials, and dropout.
    n_updates : int
        Gradient steps at most.
    ordinal : float
        Width of label smoothing towards neighboring classes; 0 for none.
    checkpoint : Path or None
        File the run can be continued from; removed at its end.
    title : str
        Beside the progress bar.

    Attributes
    ----------
    history : list of float
        Score on the held-out groups after each epoch.
    n_epochs : int
        Epochs that were run.
    """

    module: nn.Module
    recipe: Recipe
    n_classes: int
    seed: int
    n_updates: int
    ordinal: float = 0.0
    checkpoint: Path | None = None
    title: str = ""
    history: list[float] = field(default_factory=list, init=False)
    n_epochs: int = field(default=0, init=False)

    def run(self, X: F32, y: Ints, groups: Strings, stop_after: int | None = None) -> nn.Module:
        """Train.

        Parameters
        ----------
        X : ndarray of float32, shape (n_trials, ...)
            Trials.
        y : ndarray of int, shape (n_trials,)
            Classes.
        groups : ndarray of str, shape (n_trials,)
            Subject or block of each trial.
        stop_after : int or None
            Epochs after which the run is left to be continued from its checkpoint.

        Returns
        -------
        trained : nn.Module
            The best by the held-out groups, or the last where there are none.
        """
        rng = np.random.default_rng([self.seed, 1])
        train, held = hold_out(y, groups, self.recipe.validation, rng)
        per_epoch = -(-len(train) // self.recipe.batch_size)
        n_epochs = min(self.recipe.epochs, -(-self.n_updates // per_epoch))
        state = self._start(n_epochs * per_epoch)
        state = load_progress(self.checkpoint, state)
        weights = balanced_weights(y[train], self.n_classes) if self.recipe.class_weights else None
        bar = tqdm(total=n_epochs, initial=state.epoch, desc=self.title, disable=None, leave=False)
        with bar:
            while state.epoch < n_epochs and state.waited < self.recipe.patience:
                budget = self.n_updates - state.epoch * per_epoch
                self._epoch(state, X, y, self._batches(train, state.epoch)[:budget], weights)
                self._judge(state, X, y, held, weights)
                save_progress(self.checkpoint, state)
                bar.update()
                if stop_after is not None and state.epoch >= stop_after:
                    return state.module
        if self.checkpoint is not None:
            self.checkpoint.unlink(missing_ok=True)
        self.history, self.n_epochs = state.scores, state.epoch
        return self._finish(state)

    def _start(self, n_updates: int) -> Progress:
        trained = [p for p in self.module.parameters() if p.requires_grad]
        recipe = self.recipe
        optimizer = torch.optim.AdamW(
            trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: recipe.rate(step, n_updates)
        )
        average = AveragedModel(self.module, use_buffers=True) if recipe.averaging else None
        return Progress(self.module, optimizer, schedule, average)

    def _batches(self, train: NDArray[np.intp], epoch: int) -> list[NDArray[np.intp]]:
        order = np.random.default_rng([self.seed, 2, epoch]).permutation(train)
        n_batches = -(-len(order) // self.recipe.batch_size)
        return np.array_split(order, n_batches)

    def _epoch(
        self,
        state: Progress,
        X: F32,
        y: Ints,
        batches: list[NDArray[np.intp]],
        weights: F32 | None,
    ) -> None:
        device = _device_of(self.module)
        state.module.train()
        half = device.type == "cuda" and not torch.cuda.is_bf16_supported()
        scaler = torch.amp.GradScaler(device.type, enabled=half)
        with seeded(self.seed, 3, state.epoch), quiet():
            for batch in batches:
                xb = torch.from_numpy(X[batch]).to(device)
                yb = torch.from_numpy(y[batch].astype(np.int64)).to(device)
                state.optimizer.zero_grad()
                with _mixed(device):
                    loss = self._loss(state.module(xb), yb, weights)
                scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
                scaler.unscale_(state.optimizer)
                nn.utils.clip_grad_norm_(state.module.parameters(), self.recipe.clip)
                scaler.step(state.optimizer)
                scaler.update()
                state.schedule.step()
        if state.average is not None:
            state.average.update_parameters(state.module)
        state.epoch += 1

    def _loss(self, logits: Tensor, y: Tensor, weights: F32 | None) -> Tensor:
        logits = logits.float()
        weight = None if weights is None else torch.from_numpy(weights).to(logits.device)
        target = ordinal_targets(y, self.n_classes, self.ordinal) if self.ordinal else y
        smoothing = 0.0 if self.ordinal else self.recipe.label_smoothing
        return nn.functional.cross_entropy(logits, target, weight, label_smoothing=smoothing)

    def _judge(
        self, state: Progress, X: F32, y: Ints, held: NDArray[np.intp], weights: F32 | None
    ) -> None:
        if not len(held):
            return
        module = state.module if state.average is None else state.average.module
        logits = predict_logits(module, X[held])
        if self.recipe.monitor == "loss":
            weight = None if weights is None else torch.from_numpy(weights)
            target = torch.from_numpy(y[held].astype(np.int64))
            score = -float(nn.functional.cross_entropy(torch.from_numpy(logits), target, weight))
        else:
            score = macro_f1(y[held], logits.argmax(axis=1), self.n_classes)
        state.scores.append(score)
        if score > state.best_score + self.recipe.tolerance:
            state.best_score, state.waited = score, 0
            state.best = {k: v.detach().cpu().clone() for k, v in module.state_dict().items()}
        else:
            state.waited += 1

    def _finish(self, state: Progress) -> nn.Module:
        if state.average is not None:
            self.module.load_state_dict(state.average.module.state_dict())
        if state.best is not None:
            self.module.load_state_dict(state.best)
        self.module.eval()
        return self.module


def macro_f1(y: Ints, found: Ints, n_classes: int) -> float:
    """Average the F1 score over classes; one that neither occurs nor is found counts as 0.

    Parameters
    ----------
    y, found : ndarray of int
        True and predicted classes.
    n_classes : int
        Classes.
    """
    table = np.zeros((n_classes, n_classes))
    np.add.at(table, (y, found), 1)
    total = table.sum(axis=0) + table.sum(axis=1)
    return float(np.mean(2 * np.diag(table) / np.where(total > 0, total, 1)))


def predict_logits(module: nn.Module, X: F32, batch_size: int = 128) -> F32:
    """Run a network over trials without gradients.

    Parameters
    ----------
    module : nn.Module
        Network.
    X : ndarray of float32, shape (n_trials, ...)
        Trials.
    batch_size : int
        Trials at a time.

    Returns
    -------
    found : ndarray of float32, shape (n_trials, ...)
        What it gives.
    """
    device = _device_of(module)
    module.eval()
    with torch.no_grad(), quiet(), _mixed(device):
        parts = [
            module(torch.from_numpy(X[i : i + batch_size]).to(device)).float().cpu()
            for i in range(0, len(X), batch_size)
        ]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _device_of(module: nn.Module) -> torch.device:
    return next(module.parameters()).device


def _mixed(device: torch.device) -> torch.autocast | nullcontext[None]:
    if device.type != "cuda":
        return nullcontext()
    kind = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.autocast("cuda", dtype=kind)
