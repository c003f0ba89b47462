"""From tokens of a dataset to a trained model; a run that was stopped goes on where it stopped."""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import torch

from neuro.analyses.meggpt import kept, trained
from neuro.analyses.meggpt.corpus import Session
from neuro.analyses.meggpt.generation import shared
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.processes import launch, rank, size
from neuro.analyses.meggpt.scoring import score
from neuro.analyses.meggpt.start import start
from neuro.analyses.meggpt.tokenizers import Tokenizer, load
from neuro.analyses.meggpt.trained import CONTROL, OWN, Trained, warm_of
from neuro.analyses.meggpt.training import Schedule, Trainer
from neuro.analyses.meggpt.windowed import Windowed, make
from neuro.io.progress import Progress
from neuro.io.tables import read_tsv, write_tsv
from neuro.torchkit.device import pick_device

if TYPE_CHECKING:
    from neuro.config.meggpt import MEGGPT

logger = logging.getLogger(__name__)

LOOKS, MOST, GLANCE = 8, 4, 6
"""Times that held-out sessions are looked at in training; most of them, and windows of each."""
LENGTHS = {"published": 80, "released": 100}
"""Published models read windows of one length."""
COLUMNS = ("model", "step", "loss", "rate", "held_out")


class Outputs(Protocol):
    """Files: `model` (`.safetensors`), `training` (`.tsv`)."""

    model: Path
    training: Path


def run(
    tokens: str | Path, tokenizer: str | Path, outputs: Outputs, *, settings: "MEGGPT", seed: int
) -> None:
    """Train the models of a dataset, in several processes where that is asked for.

    Parameters
    ----------
    tokens, tokenizer : str | Path
        What :func:`neuro.analyses.meggpt.run_tokens.run` wrote.
    outputs : Outputs
        Where everything goes; checkpoints lie in a folder beside the model until it is done.
    settings : MEGGPT
        The section `meggpt`.
    seed : int
        Of everything drawn.

    Raises
    ------
    ValueError
        If tokens and tokenizer do not belong together, or a checkpoint is damaged.
    RuntimeError
        If one of several processes failed.
    """
    if settings.training.processes > 1 and size() == 1:
        launch(tokens, tokenizer, outputs.model, outputs.training, settings, seed)
        return
    fitted, corpus = load(tokenizer), kept.read(tokens)
    corpus.check(fitted, tokens)
    train, test = (corpus.sessions(fitted, part) for part in ("train", "test"))
    folder = Path(outputs.model).parent / "checkpoints"
    stamp = _stamp([tokens, tokenizer], settings, seed)
    models, tables = {}, []
    for name in (OWN, CONTROL) if settings.training.control else (OWN,):
        course = _Course(name, folder / f"{name}-{stamp}.safetensors", settings, seed)
        models[name], table = course.train(fitted, train, test)
        tables.append(table)
    if rank():
        return
    # Signs of channels in common are drawn on the processor: the same on every machine.
    on_cpu = {name: model.cpu() for name, model in models.items()}
    own = on_cpu[OWN]
    correlation = np.eye(len(corpus.names))  # published models hold each channel on its own
    if isinstance(own, Model):
        correlation = shared(own, fitted, train, np.random.default_rng(seed))
    about = {"model": settings.model.model_dump(mode="json"), "tokens": fitted.kind}
    trained.write(outputs.model, Trained(on_cpu, correlation), about)
    write_tsv(outputs.training, pd.concat(tables, ignore_index=True))
    shutil.rmtree(folder, ignore_errors=True)


class _Course:
    """The training of one model."""

    def __init__(self, name: str, checkpoint: Path, settings: "MEGGPT", seed: int) -> None:
        self.name, self.checkpoint, self.settings, self.seed = name, checkpoint, settings, seed
        self.table = checkpoint.with_suffix(".tsv")
        self.rows: list[dict[str, Any]] = []

    def train(
        self, tokenizer: Tokenizer, train: list[Session], test: list[Session]
    ) -> tuple[Model | Windowed, pd.DataFrame]:
        model = build(self.settings, tokenizer, train, self.seed, across=self.name == OWN)
        n = sum(each.numel() for each in model.parameters())
        logger.info("%s: %d parameters, %d processes", self.name, n, size())
        trainer = Trainer(model, train, schedule(self.settings, self.seed), device(self.settings))
        self._resume(trainer)
        steps, saved = trainer.schedule.n_steps, time.monotonic()
        progress = Progress(logger, f"{self.name}: step", steps, trainer.step)
        for loss in trainer.run():
            rate = trainer.schedule.rate_at(trainer.step - 1)
            self.rows.append({**dict.fromkeys(COLUMNS), "model": self.name, "step": trainer.step,
                              "loss": loss, "rate": rate})  # fmt: skip
            if trainer.step % max(steps // LOOKS, 1) == 0 and rank() == 0:
                self.rows[-1]["held_out"] = look(trainer.model, test)
                trainer.model.train()
            progress.at(trainer.step, f"loss {loss:.4f} nats per token")
            if time.monotonic() - saved >= self.settings.training.checkpoint:
                self._save(trainer)
                saved = time.monotonic()
        self._save(trainer)
        return trainer.model, self._frame()

    def _resume(self, trainer: Trainer) -> None:
        """Go on from a checkpoint of the same settings and tokens; others count for nothing."""
        if not (self.checkpoint.is_file() and self.table.is_file()):
            return
        trainer.resume(self.checkpoint)
        rows = read_tsv(self.table, COLUMNS).iloc[: trainer.step]
        self.rows = [{str(key): value for key, value in row.items()}
                     for row in rows.to_dict("records")]  # fmt: skip
        logger.info("%s: goes on after step %d", self.name, trainer.step)

    def _save(self, trainer: Trainer) -> None:
        if rank() == 0:
            # The table first: it may hold steps that the checkpoint lacks, never the reverse.
            write_tsv(self.table, self._frame())
            trainer.save(self.checkpoint)

    def _frame(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows, columns=list(COLUMNS))
        return frame.astype({"loss": float, "rate": float, "held_out": float})


def build(
    settings: "MEGGPT",
    tokenizer: Tokenizer,
    sessions: Sequence[Session],
    seed: int,
    *,
    across: bool,
) -> Model | Windowed:
    """Make a model of the configured sizes, with its initial weights."""
    n_channels, n_statistics = sessions[0].statistics.shape
    if settings.model.preset != "own":
        return make(settings.model.preset, tokenizer.n_tokens, n_channels, seed)
    sizes = settings.model.model_dump(exclude={"preset"})
    shape = Shape(tokenizer.n_tokens, n_channels, n_statistics=n_statistics, across=across, **sizes)
    return start(shape, tokenizer, sessions, seed)


def schedule(settings: "MEGGPT", seed: int) -> Schedule:
    """How to train."""
    how = settings.training
    keys = ("n_steps", "n_windows", "accumulate", "rate", "warmup", "decay")
    length = LENGTHS.get(settings.model.preset, how.length)
    given = {key: getattr(how, key) for key in keys}
    return replace(Schedule(), **given, length=length, seed=seed)


def device(settings: "MEGGPT") -> torch.device:
    """Where this process computes: with several, each on a GPU of its own."""
    found = pick_device(settings.device)
    if found.type == "cuda" and size() > 1:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return found


def look(model: Model | Windowed, sessions: Sequence[Session]) -> float:
    """Cost of the first held-out samples of a few sessions, nats per token."""
    n = GLANCE * model.shape.window
    few = [
        replace(s, tokens=s.tokens[:, : s.begin + n], trace=s.trace[:, : s.begin + n])
        for s in sessions[:MOST]
    ]
    return score(model, few, warm_of(model)).nats


def _stamp(files: Sequence[str | Path], settings: "MEGGPT", seed: int) -> str:
    """Digest of all that decides what is learned: a checkpoint of other tokens is another one."""
    how = settings.training.model_dump(mode="json", exclude={"checkpoint", "control"})
    text = json.dumps([how, settings.model.model_dump(mode="json"), seed], sort_keys=True)
    sha = hashlib.sha256(text.encode())
    for path in files:
        sha.update(Path(path).read_bytes())
    return sha.hexdigest()[:16]
