"""The simulated cohorts of `benchmarks.fusion`."""

import time
from typing import Any

import numpy as np
import scipy.stats

from neuro.analyses.fusion.activation import activate, deletion, ranking_area, sanity
from neuro.analyses.fusion.cohort import Cohort, View, fisher, upper
from neuro.analyses.fusion.judging import judge
from neuro.analyses.fusion.methods import METHODS, ablate, score
from neuro.analyses.fusion.model import Fitted, FusionPlan, fit
from neuro.datasets.multimodal import REPORTED, Effect, People, Recipe, oracle, simulate
from neuro.stats.folds import nested

OWN = "fusion"


def cohort_of(people: People) -> Cohort:
    """A simulated cohort as the analysis reads it."""
    who = np.array([f"{k + 1:03d}" for k in range(len(people.labels))])
    return Cohort(
        views=(
            View("alff", "function", "regions", people.alff),
            View("fc", "function", "edges", fisher(upper(people.fc, "fc", who))),
            View("fa", "structure", "regions", people.fa),
            View("sc", "structure", "edges", np.log1p(upper(people.sc, "sc", who))),
        ),
        regions=tuple(f"region{k + 1}" for k in range(people.alff.shape[1])),
        subjects=who,
        labels=people.labels,
        matrices=people.fc,
    )


def folds_of(cohort: Cohort, rng: np.random.Generator) -> list[Any]:
    """Five outer folds, with four inner ones each."""
    assert cohort.labels is not None
    return nested(cohort.labels, cohort.subjects, cohort.subjects, 5, 4, rng)


def one_cohort(seed: int, effect: Effect) -> tuple[dict[str, Any], Fitted, People]:
    """All methods on one cohort."""
    people = simulate(Recipe(effect=effect), seed)
    cohort, rng = cohort_of(people), np.random.default_rng(seed)
    folds = folds_of(cohort, rng)
    begun = time.process_time()
    fitted = fit(cohort, folds, FusionPlan(), rng)
    seconds = time.process_time() - begun
    scored = {OWN: fitted.scored}
    for name in METHODS:
        if name != OWN:
            scored[name] = score(cohort, name, folds, rng)
    judged = judge(scored, people.labels, folds, rng, OWN)
    print(f"\n{effect}, seed {seed}: oracle {oracle(people):.3f}; fusion took {seconds:.0f} CPU s")
    for name, card in judged.items():
        low, high = card.interval
        gain = ""
        if card.difference is not None and card.difference_interval is not None:
            a, b = card.difference_interval
            gain = f"   fusion gains {card.difference:+.3f} [{a:+.3f}, {b:+.3f}]"
        print(f"  {METHODS[name]:36}{card.auroc:.3f} [{low:.3f}, {high:.3f}]{gain}", flush=True)
    return judged, fitted, people


def gain_lower(judged: dict[str, Any]) -> float:
    """Lower end of the paired interval against the best of all others."""
    others = {name: card for name, card in judged.items() if name != OWN}
    best = max(others, key=lambda name: others[name].auroc)
    interval = others[best].difference_interval
    print(f"  best other: {METHODS[best]}; lower end of the gain {interval[0]:+.3f}")
    return float(interval[0])


def maps(fitted: Fitted, people: People, rng: np.random.Generator) -> float:
    """How far before others the map ranks what was planted; deletion and randomization."""
    activation = activate(fitted)
    regions, pairs = activation.joint()
    rows, columns = np.triu_indices(len(regions), 1)
    both = people.planted[rows] & people.planted[columns]
    found = ranking_area(regions, people.planted), ranking_area(pairs[rows, columns], both)
    print(f"  map: ranking area of regions {found[0]:.3f}, of connections {found[1]:.3f}")
    for name, curve in deletion(fitted, activation, rng).items():
        print(f"  deleted {name:15}" + " ".join(f"{value:.2f}" for value in curve))
    told = ", ".join(f"{k} {v:+.2f}" for k, v in sanity(fitted, activation, rng).items())
    print(f"  correlation with randomized maps: {told}", flush=True)
    return min(found)


def simulated() -> dict[str, float]:
    """The published cohorts; the claims are of the first, beside all five and what they pool to."""
    lower, ranking, rows = [], [], []
    for seed in REPORTED:
        judged, fitted, people = one_cohort(seed, "interaction")
        lower.append(gain_lower(judged))
        ranking.append(maps(fitted, people, np.random.default_rng(seed)))
        others = {name: card for name, card in judged.items() if name != OWN}
        best = max(others, key=lambda name: others[name].auroc)
        rows.append((seed, best, others[best].difference, *others[best].difference_interval))
    pooled(rows)
    print("ranking areas: " + ", ".join(f"{value:.3f}" for value in ranking))
    return {"fusion.sim_gain_lower": lower[0], "fusion.sam_ranking_auroc": ranking[0]}


def pooled(rows: list[tuple[int, str, float, float, float]]) -> None:
    """All cohorts beside the one of the claim: gains with intervals, and what they pool to."""
    print("\ngain on the best other of each cohort, paired 95 % interval")
    for seed, best, gain, low, high in rows:
        holds = "" if low > 0 else "   holds zero"
        print(f"  {seed}  {METHODS[best]:36}{gain:+.3f} [{low:+.3f}, {high:+.3f}]{holds}")
    gains = np.array([gain for _, _, gain, _, _ in rows])
    half = scipy.stats.t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    mean, zero = gains.mean(), sum(low <= 0 for *_, low, _ in rows)
    print(
        f"  mean of {len(gains)} cohorts{'':25}{mean:+.3f} "
        f"[{mean - half:+.3f}, {mean + half:+.3f}] (Student's t over cohorts); "
        f"{zero} of {len(gains)} intervals hold zero"
    )
    # Each interval as a normal one: what the cohorts say where all have the same gain, and how far
    # they differ beyond their own errors.
    errors = np.array([(high - low) / 3.92 for *_, low, high in rows])
    weights = 1 / errors**2
    fixed, width = np.average(gains, weights=weights), 1.96 / np.sqrt(weights.sum())
    apart = float(np.sum(weights * (gains - fixed) ** 2))
    p = scipy.stats.chi2.sf(apart, len(gains) - 1)
    print(
        f"  weighted by precision{'':22}{fixed:+.3f} [{fixed - width:+.3f}, {fixed + width:+.3f}]; "
        f"cohorts differ beyond that: p {p:.3f} (Cochran's Q)",
        flush=True,
    )


def without() -> dict[str, float]:
    """The same brains without the interaction: additive effects, and none."""
    effects: tuple[Effect, ...] = ("additive", "none")
    for effect in effects:
        for seed in REPORTED[:2]:
            one_cohort(seed, effect)
    return {}


def ablation() -> dict[str, float]:
    """Each term of the model, on the first cohort."""
    people = simulate(Recipe(), REPORTED[0])
    cohort, rng = cohort_of(people), np.random.default_rng(REPORTED[0])
    folds = folds_of(cohort, rng)
    fitted = fit(cohort, folds, FusionPlan(), rng)
    variants = ablate(fitted, rng)
    scored = {OWN: fitted.scored} | {name: each for name, (_, each) in variants.items()}
    print("\nablation, the first cohort")
    for name, card in judge(scored, people.labels, folds, rng, OWN).items():
        label = "the model" if name == OWN else variants[name][0]
        gain = ""
        if card.difference is not None and card.difference_interval is not None:
            a, b = card.difference_interval
            gain = f"   the model gains {card.difference:+.3f} [{a:+.3f}, {b:+.3f}]"
        print(f"  {label:40}{card.auroc:.3f}{gain}", flush=True)
    return {}
