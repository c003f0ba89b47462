"""Tables of the analysis: a row per condition, and the long table of scores."""

from typing import Any

import numpy as np
import pandas as pd

from neuro.analyses.braindive.pictures import Story
from neuro.analyses.braindive.verdict import fisher


def condition_table(story: Story) -> pd.DataFrame:
    """A row per condition: activation, judges, memory, diversity."""
    plain = story.verdicts["unguided"]
    rows = []
    for name, verdict in story.verdicts.items():
        low, high = verdict.interval()
        row: dict[str, Any] = {"condition": name, "n": len(verdict.detected)}
        row["scale"] = verdict.made.scale
        for region, values in verdict.made.activation.items():
            row[f"activation_{region}"] = float(values.mean())
        rows.append(
            row
            | {
                "detected": verdict.share,
                "detected_low": low,
                "detected_high": high,
                "p_vs_unguided": fisher(verdict, plain),
                "gradient_judge": float(verdict.judged.mean()),
                "nearest": float(np.median(verdict.nearest)),
                "nearest_standardized": float(np.median(verdict.plain)),
                "diversity": verdict.diversity,
            }
            | _named(verdict.named, story.target)
        )
    return pd.DataFrame(rows)


def _named(named: Any, target: str) -> dict[str, float]:
    """Share of images of which CLIP says that they show the target."""
    return {} if named is None else {"zero_shot": float((named == target).mean())}


def score_table(dataset: str, story: Story, seed: int) -> pd.DataFrame:
    """The long table: a row per condition and measure, and per region."""
    rows = []
    n_train = len(story.real.train)

    def add(method: str, metric: str, value: float, chance: float, n_test: int) -> None:
        rows.append(
            {
                "dataset": dataset,
                "analysis": "braindive",
                "method": method,
                "split": "held-out",
                "fold": 1,
                "subject": "all",
                "metric": metric,
                "value": value,
                "chance": chance,
                "n_train": n_train,
                "n_test": n_test,
                "seed": seed,
            }
        )

    r = story.of("r")
    for name in story.regions():
        mask = story.of(f"regions/{name}/mask")
        null = float(story.of(f"regions/{name}/null").mean())
        add(f"encoder, {name}", "r", float(r[mask].mean()), null, len(story.real.held_out))
    plain = story.verdicts["unguided"]
    for name, verdict in story.verdicts.items():
        values = verdict.made.activation[story.drive]
        chance = float(plain.made.activation[story.drive].mean())
        add(name, f"activation_{story.drive}", float(values.mean()), chance, len(values))
        add(name, "detected", verdict.share, plain.share, len(values))
    return pd.DataFrame(rows)


def image_table(story: Story) -> pd.DataFrame:
    """A row per drawn image: seed, scale, predicted activation, judges, nearest distance."""
    parts = []
    for name, verdict in story.verdicts.items():
        columns: dict[str, Any] = {
            "condition": name,
            "seed": verdict.made.seeds,
            "scale": verdict.made.scale,
        }
        for region, values in verdict.made.activation.items():
            columns[f"activation_{region}"] = values
        columns |= {
            "detected": verdict.detected,
            "gradient_judge": verdict.judged,
            "nearest": verdict.nearest,
            "nearest_training_image": story.real.train.names[verdict.which],
        }
        if verdict.named is not None:
            columns["zero_shot"] = verdict.named
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
