"""A fusion as files: arrays, encoders, tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neuro.analyses.fusion.activation import SHARES
from neuro.analyses.fusion.analysis import Analysis
from neuro.analyses.fusion.judging import fold_numbers
from neuro.io.atomic import atomic
from neuro.io.hdf5 import Array
from neuro.io.tables import write_tsv

N_CONNECTIONS = 200


def arrays_of(found: Analysis) -> dict[str, Array]:
    """Scores, map, curves and null as arrays."""
    cohort = found.fitted.cohort
    assert cohort.labels is not None
    arrays = {
        "subjects": Array(cohort.subjects.astype(str), ("subject",)),
        "labels": Array(cohort.labels, ("subject",)),
        "folds": Array(fold_numbers(found.fitted.folds, len(cohort)), ("subject",)),
        "regions": Array(np.array(cohort.regions).astype(str), ("region",)),
        "deleted": Array(np.array(SHARES), ("share",)),
        "null": Array(found.null, ("permutation",)),
    }
    for name, scored in found.scored.items():
        arrays[f"scores/{name}"] = Array(scored.test, ("subject",))
        arrays[f"probabilities/{name}"] = Array(found.judged[name].probability, ("subject",))
    for modality, values in found.activation.regions.items():
        arrays[f"activation/{modality}/regions"] = Array(values, ("region",))
    for modality, values in found.activation.pairs.items():
        arrays[f"activation/{modality}/connections"] = Array(values, ("region", "region"))
    arrays |= {f"deletion/{name}": Array(c, ("share",)) for name, c in found.curves.items()}
    return arrays


def write_encoders(path: Path, found: Analysis) -> None:
    """Write networks and heads of all folds as safetensors."""
    from safetensors.torch import save_file

    weights = {f"networks/{m}": w.contiguous() for m, w in found.fitted.encoders.weights.items()}
    if found.fitted.plan.encoder.shared:
        weights = {"networks": next(iter(weights.values()))}
    heads = found.fitted.heads
    with atomic(path) as temporary:
        save_file(
            {**weights, "heads/weights": heads.weights.contiguous(), "heads/bias": heads.bias},
            temporary,
        )


def score_table(dataset: str, found: Analysis) -> pd.DataFrame:
    """A row per method and measure."""
    rows = []
    for name, card in found.judged.items():
        gain = card.difference
        limits = card.difference_interval or (None, None)
        p = found.p if name == "fusion" else None
        rows.append([dataset, "fusion", name, "auroc", card.auroc, *card.interval, 0.5, p, gain,
                     *limits])  # fmt: skip
        for metric, value, chance in (
            ("balanced_accuracy", card.balanced_accuracy, 0.5),
            ("brier", card.brier, 0.25),
            ("calibration_error", card.calibration_error, None),
        ):
            rows.append([dataset, "fusion", name, metric, value, None, None, chance, None, None,
                         None, None])  # fmt: skip
    columns = ["dataset", "analysis", "method", "metric", "value", "low", "high", "chance", "p"]
    return pd.DataFrame(rows, columns=[*columns, "gain", "gain_low", "gain_high"])


def write_tables(found: Analysis, folder: Path) -> None:
    """Write `regions.tsv`, `predictions.tsv`, and what there is of connections and ablation."""
    cohort = found.fitted.cohort
    names = np.array(cohort.regions)
    regions, pairs = found.activation.joint()
    order = np.argsort(-regions, kind="stable")
    table = {"rank": np.arange(1, len(names) + 1), "region": names[order]}
    table |= {"activation": regions[order]}
    write_tsv(folder / "regions.tsv", pd.DataFrame(table))
    if pairs.size:
        rows, columns = np.triu_indices(len(names), 1)
        best = np.argsort(-pairs[rows, columns], kind="stable")[:N_CONNECTIONS]
        write_tsv(
            folder / "connections.tsv",
            pd.DataFrame({"a": names[rows[best]], "b": names[columns[best]],
                          "activation": pairs[rows[best], columns[best]]}),
        )  # fmt: skip
    assert cohort.labels is not None
    predictions: dict[str, Any] = {"participant_id": cohort.subjects}
    predictions["group"] = np.where(cohort.labels, cohort.classes[1], cohort.classes[0])
    predictions["fold"] = fold_numbers(found.fitted.folds, len(cohort)) + 1
    for name, scored in found.scored.items():
        predictions[f"score_{name}"] = scored.test
        predictions[f"probability_{name}"] = found.judged[name].probability
    write_tsv(folder / "predictions.tsv", pd.DataFrame(predictions))
    if found.variants:
        rows_ = [
            [name, label, card.auroc, card.difference, *(card.difference_interval or (None, None))]
            for name, (label, card) in found.variants.items()
        ]
        head = ["variant", "label", "auroc", "gain", "gain_low", "gain_high"]
        write_tsv(folder / "ablation.tsv", pd.DataFrame(rows_, columns=head))
