"""Preprocessed fMRI with a connectome beside it: do the two matrices tell whose they are?"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import h5py
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from neuro.analyses.fusion.analysis import plan_of
from neuro.analyses.fusion.cohort import Cohort, View, fisher, upper
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.pairing import Paired, direct, linear, match, networks_score
from neuro.io import manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.manifest import Citation, Figure, KeyNumber, Manifest, Table
from neuro.io.tables import write_tsv
from neuro.viz.style import BLUE, GREY, new_figure, save_svg, style

if TYPE_CHECKING:
    from neuro.config.fusion import Fusion

LABELS = {
    "networks": "networks, aligned by InfoNCE",
    "linear": "canonical correlations (linear)",
    "direct": "correlation of deviations",
}


class Outputs(Protocol):
    """`pairs` (`.tsv`), `figures` (a folder), `manifest` (`.json`)."""

    pairs: Path
    figures: Path
    manifest: Path


def read_pairs(parcels: Sequence[str | Path], root: str | Path | None = None) -> Cohort:
    """Functional and structural matrices of preprocessed recordings, a person's averaged.

    Parameters
    ----------
    parcels : sequence of str | Path
        `_parcels.h5` of each recording.
    root : str | Path | None
        The tree, for messages.

    Raises
    ------
    ValueError
        If nobody has both matrices, or regions differ.
    """
    functions: dict[str, list[np.ndarray]] = {}
    structures: dict[str, np.ndarray] = {}
    regions: tuple[str, ...] = ()
    left_out = {}
    for path in map(Path, parcels):
        subject = path.name.split("_")[0].removeprefix("sub-")
        with h5py.File(path) as file:
            names = tuple(name.decode() for name in file["names"][()])
            if "sc/counts" not in file:
                left_out[subject] = "has no connectome"
                continue
            if regions and names != regions:
                raise ValueError(
                    f"{path}: {len(names)} regions, which are not the {len(regions)} of the first "
                    "recording; fusion needs one atlas"
                )
            regions = names
            functions.setdefault(subject, []).append(file["connectivity/correlation"][()])
            structures[subject] = file["sc/counts"][()]
    who = np.array(sorted(functions))
    if not len(who):
        raise ValueError(
            f"{root or 'fusion'}: no recording has a structural matrix; a connectome is "
            "sub-*/dwi/*_desc-counts_connectome.tsv"
        )
    correlation = np.array([np.mean(functions[subject], axis=0) for subject in who])
    counts = np.array([structures[subject] for subject in who], dtype=float)
    return Cohort(
        views=(
            View("fc", "function", "edges", fisher(upper(correlation, "correlation", who))),
            View("sc", "structure", "edges", np.log1p(upper(counts, "sc/counts", who))),
        ),
        regions=regions,
        subjects=who,
        left_out=left_out,
    )


def match_all(
    cohort: Cohort,
    plan: EncoderPlan,
    rng: np.random.Generator,
    within: "np.ndarray | None" = None,
) -> dict[str, Paired]:
    """Match by networks, by a linear method, and without learning."""
    return {
        "networks": match(cohort, networks_score(plan, rng), rng, within),
        "linear": match(cohort, linear, rng, within),
        "direct": match(cohort, direct, rng, within),
    }


def run(
    parcels: Sequence[str | Path],
    outputs: Outputs,
    *,
    root: str | Path,
    dataset: str,
    settings: "Fusion",
    rng: np.random.Generator,
    source: str | Path | None = None,
) -> dict[str, Paired]:
    """Match functional and structural matrices of a dataset.

    Parameters
    ----------
    parcels : sequence of str | Path
        `_parcels.h5` of each recording.
    outputs : Outputs
        Where everything goes.
    root : str | Path
        The tree, for messages.
    dataset : str
        Its name.
    settings : Fusion
        The model.
    rng : numpy.random.Generator
        Random numbers.
    source : str | Path | None
        The dataset's `fetch.json`.
    """
    cohort = read_pairs(parcels, root)
    plan = plan_of_pairs(settings)
    found = match_all(cohort, plan, rng)
    rows = [
        [name, cohort.subjects[a], cohort.subjects[b], right]
        for name, paired in found.items()
        for (a, b), right in zip(paired.people, paired.right, strict=True)
    ]
    write_tsv(outputs.pairs, pd.DataFrame(rows, columns=["method", "a", "b", "right"]))
    with style(), atomic(outputs.figures) as folder:
        folder.mkdir()
        save_svg(pairs_figure(found), folder / "pairs.svg")
    home = Path(outputs.manifest).parent
    below = {
        name: Path(os.path.relpath(getattr(outputs, name), home)).as_posix()
        for name in ("figures", "pairs")
    }
    fetched = {} if source is None else read_json(source)
    manifest.write(outputs.manifest, _manifest(cohort, found, plan, below, dataset, fetched))
    return found


def plan_of_pairs(settings: "Fusion") -> EncoderPlan:
    """Encoders that align function with structure: fewer steps, for there are few people."""
    from dataclasses import replace

    plan = plan_of(settings).encoder
    return replace(plan, alignments=("modalities",), n_encoders=1, n_steps=min(plan.n_steps, 30))


def pairs_figure(found: dict[str, Paired]) -> Drawing:
    """Accuracy of each way with its interval."""
    figure = new_figure(height=2.1, width=7.0)
    axes = figure.subplots()
    for k, paired in enumerate(found.values()):
        axes.plot(paired.interval, [k, k], color=BLUE)
        axes.plot(paired.accuracy, k, "o", color=BLUE)
    axes.set_yticks(range(len(found)), [LABELS[name] for name in found])
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(0, 1.02)
    axes.axvline(0.5, color=GREY, linewidth=0.8, linestyle="--")
    axes.set_xlabel("share of comparisons in which the right pairing fits better")
    return figure


def _manifest(
    cohort: Cohort, found: dict[str, Paired], plan: EncoderPlan, below: dict[str, str],
    dataset: str, fetched: dict[str, str],
) -> Manifest:  # fmt: skip
    n = len(cohort)
    return Manifest(
        word="fusion",
        dataset=dataset,
        title=f"Function and structure of {dataset}, matched",
        question="Do a functional and a structural matrix tell that they are of one person?",
        key_numbers=[
            KeyNumber(name=f"Matching, {LABELS[name]}", value=paired.accuracy, unit="",
                      interval=paired.interval, confidence=0.95, chance=0.5,
                      n=f"{len(paired.right)} comparisons of two among {n} people")
            for name, paired in found.items()
        ],
        figures=[
            Figure(
                path=f"{below['figures']}/pairs.svg",
                title="Matching",
                caption="Share of comparisons of two people in which the right pairing fits "
                "better, with 95 % bootstrap interval over people. Dashed: chance.",
                alt="Accuracies of three ways to match.",
            )
        ],
        tables=[Table(path=below["pairs"], title="Comparisons",
                      caption="1 where the right pairing of two people fits better.")],
        methods=[
            "Every two people were held out in turn; from the others were learned means and "
            f"spreads, and {plan.n_networks} networks of regions that align function with "
            "structure by InfoNCE, or canonical variates. The two right pairings were compared "
            "with the two wrong ones. No labels are used."
        ],
        citations=[Citation(text=fetched["citation"])] if fetched else [],
        licenses=[fetched["license"]] if fetched else [],
        warnings=[
            *([f"{n} people: intervals are wide, and say little beyond them."] if n < 30 else []),
            *([f"Left out: {cohort.left_out}"] if cohort.left_out else []),
        ],
    )  # fmt: skip
