"""From tables and arrays of a dataset's model to figures, texts and the manifest."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from neuro.analyses.meggpt import kept
from neuro.analyses.meggpt.kept import Corpus
from neuro.analyses.meggpt.pictures import draw
from neuro.analyses.meggpt.texts import CITATIONS, key_numbers, paragraphs, warnings_of
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.hdf5 import Array
from neuro.io.manifest import Manifest, Table
from neuro.io.tables import read_tsv
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.meggpt import MEGGPT


@dataclass(frozen=True)
class Found:
    """What the stages before have found.

    Parameters
    ----------
    rates, training, scores : DataFrame
        Tables.
    evaluation : dict of str to Array
        Spectra and matrices by session and source.
    corpus : Corpus
        Tokens.
    decoding : DataFrame | None
        A row per task, split and method that trials are told apart by.
    """

    rates: pd.DataFrame
    training: pd.DataFrame
    scores: pd.DataFrame
    evaluation: dict[str, Array]
    corpus: Corpus
    decoding: pd.DataFrame | None = None

    @property
    def labels(self) -> list[str]:
        """Held-out sessions that were imitated."""
        return [name.rpartition("/real/")[0] for name in self.evaluation if name.endswith(
            "/real/spectra")]  # fmt: skip

    def mean(self, metric: str) -> dict[str, float]:
        """A metric of each method, mean over sessions."""
        rows = self.scores[self.scores["metric"] == metric]
        means = rows.groupby("method", sort=False)["value"].mean()
        return {str(name): float(value) for name, value in means.items()}

    def arrays(self, label: str, key: str) -> dict[str, Any]:
        """An array of each source of a session."""
        begin, end = f"{label}/", f"/{key}"
        return {
            name[len(begin) : -len(end)]: array.values  # noqa: PD011 (no table)
            for name, array in self.evaluation.items()
            if name.startswith(begin) and name.endswith(end)
        }


def run(inputs: Any, outputs: Any, *, dataset: str, settings: "MEGGPT") -> Manifest:
    """Draw figures and write the manifest.

    Parameters
    ----------
    inputs : object
        Files `rates`, `training`, `scores`, `evaluation`, `tokens`, the dataset's `source`, and
        the list `decoding` of tables, one per task.
    outputs : object
        `figures` (a folder) and `manifest`.
    dataset : str
        Its name.
    settings : MEGGPT
        The section `meggpt`.

    Returns
    -------
    about : Manifest
        What was written.
    """
    found = Found(
        rates=read_tsv(inputs.rates),
        training=read_tsv(inputs.training),
        scores=read_tsv(inputs.scores),
        evaluation=hdf5.read(inputs.evaluation),
        corpus=kept.read(inputs.tokens),
        decoding=pd.concat(map(read_tsv, inputs.decoding), ignore_index=True)
        if inputs.decoding
        else None,
    )
    folder = Path(outputs.manifest).parent
    relative = Path(os.path.relpath(outputs.figures, folder)).as_posix()
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = draw(found, temporary, relative, settings.confidence)
    fetched = read_json(inputs.source)
    about = Manifest(
        word="meggpt",
        dataset=dataset,
        title=f"Tokens and a model of {dataset}",
        question="How few tokens keep a recording, how well are they foretold from the past of "
        "all channels, and is what the model generates like what was recorded?",
        key_numbers=key_numbers(found, settings),
        figures=figures,
        tables=_tables(inputs, folder),
        methods=paragraphs(found, settings),
        citations=CITATIONS,
        licenses=[str(fetched["license"])] if fetched.get("license") else [],
        warnings=warnings_of(found, settings),
        params=settings.model_dump(mode="json"),
    )
    manifest.write(outputs.manifest, about)
    return about


def _tables(inputs: Any, folder: Path) -> list[Table]:
    told = {
        "rates": (
            "Tokenizers",
            "A row per tokenizer, the model's first: vocabulary, tokens that occur, variance "
            "explained (percent) and cost (nats per token) by contexts of no, one and two tokens, "
            "on what is held out; the best of these in bits.",
        ),
        "scores": (
            "Scores",
            "A row per method, held-out session and metric: cost of tokens and shares of hits; "
            "likeness of generated to recorded signals.",
        ),
        "training": ("Training", "A row per step: loss and learning rate."),
    }
    files = [(getattr(inputs, name), *texts) for name, texts in told.items()]
    for path in inputs.decoding:
        task = path.stem.removeprefix("decoding_")
        caption = (
            "A row per split and method: balanced accuracy with its interval over tested trials, "
            "and the difference from the raw window's."
        )
        files.append((path, f"Decoding: {task}", caption))
    return [
        Table(path=Path(os.path.relpath(path, folder)).as_posix(), title=title, caption=caption)
        for path, title, caption in files
    ]
