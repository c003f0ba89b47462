"""The analysis of one table, from the file to ranking, figures and manifest."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from neuro.analyses.screening import analyse, figures, texts
from neuro.analyses.screening.analyse import Agreement, Ranked, Result
from neuro.analyses.screening.engine import STATUS
from neuro.analyses.screening.maps import read_connectome, read_tracts, read_voxels
from neuro.analyses.screening.measures import evaluate, measures
from neuro.analyses.screening.predict import Predicted, Variant
from neuro.analyses.screening.study import Study, read_study
from neuro.io import manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.manifest import Citation, Figure, Manifest, Table
from neuro.io.tables import write_tsv
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.screening import Screening

SHOWN = 100
"""Features in the table of the report; the whole ranking is a file beside it."""


class Outputs(Protocol):
    """Files that are written."""

    ranking: Path
    best: Path
    scores: Path
    figures: Path
    manifest: Path


def run(
    table: Path,
    outputs: Outputs,
    *,
    dataset: str,
    params: "Screening",
    rng: np.random.Generator,
    source: Path | None = None,
) -> None:
    """Screen a table of features.

    Parameters
    ----------
    table : Path
        The table; see :func:`~neuro.analyses.screening.study.read_study`.
    outputs : Outputs
        `ranking` (Parquet: all features), `best` (TSV: the first 100), `scores` (TSV: measures of
        prediction per repeat), `figures` (a folder of SVG), `manifest` (JSON).
    dataset : str
        Its name, for the manifest.
    params : Screening
        The section `screening`.
    rng : numpy.random.Generator
        Random numbers.
    source : Path, optional
        The dataset's `fetch.json`, for licence and citation.

    Raises
    ------
    ValueError
        If the table, the outcome or the covariates cannot be used.
    """
    study = read_study(table, params)
    ranked = analyse.rank(study, params, rng)
    agreement = analyse.agree(study, params, ranked)
    results: list[Result] = []
    predictions: dict[Variant, Predicted] = {}
    if params.prediction is not None:
        results, predictions = analyse.foretell(study, params, params.prediction, rng)
    ranking = ranking_table(study, ranked, params)
    with atomic(outputs.ranking) as temporary:
        ranking.to_parquet(temporary, index=False)
    write_tsv(outputs.best, ranking.head(SHOWN))
    write_tsv(outputs.scores, _scores(dataset, study, predictions, params))
    drawn = _draw(study, ranked, agreement, results, params)
    with style(), atomic(outputs.figures) as folder:
        folder.mkdir()
        for name, (drawing, _) in drawn.items():
            save_svg(drawing(), folder / f"{name}.svg")
    below = Path(os.path.relpath(outputs.figures, outputs.manifest.parent)).as_posix()
    fetched = read_json(source) if source is not None else {}
    own = texts.citations(study, params)
    manifest.write(
        outputs.manifest,
        Manifest(
            word="screening",
            dataset=dataset,
            title=f"Screening of {study.features.n_features} features for {params.outcome}",
            question=f"Which features tell about {params.outcome}, and do they predict it?",
            key_numbers=texts.key_numbers(study, ranked, results, params),
            figures=[
                about.model_copy(update={"path": f"{below}/{name}.svg"})
                for name, (_, about) in drawn.items()
            ],
            tables=_tables(outputs, params),
            methods=texts.methods_text(study, ranked, params),
            citations=[Citation(text=fetched["citation"]), *own] if fetched else own,
            licenses=[fetched["license"]] if fetched else [],
            warnings=texts.warnings(study, ranked, agreement),
            params=params.model_dump(mode="json"),
        ),
    )


def ranking_table(study: Study, ranked: Ranked, params: "Screening") -> pd.DataFrame:
    """All features, best first, with everything that is known of each."""
    score, names = ranked.score, study.names
    columns = {
        "feature": names,
        "score": score.strength,
        "mutual_information_nats": ranked.estimate,
        "correlation": ranked.effect,
    }
    if score.significance is not None:
        columns |= {
            "p": score.significance.p,
            "q": score.significance.q,
            "p_max": score.significance.p_max,
        }
    if ranked.stability is not None:
        columns["stability"] = ranked.stability
    columns |= {"n": score.n_used, "status": [STATUS[code] for code in score.status]}
    table = pd.DataFrame(columns).iloc[score.ranking].reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    for column in table.select_dtypes("float").columns:
        table[column] = table[column].map(lambda value: float(f"{value:.6g}"))
    return table


def _scores(
    dataset: str, study: Study, predictions: dict[Variant, Predicted], params: "Screening"
) -> pd.DataFrame:
    """Measures per repeat, in the columns that all predictions share."""
    columns = ["dataset", "analysis", "method", "split", "fold", "subject", "metric", "value"]
    columns += ["chance", "n_train", "n_test", "seconds", "seed"]
    rows: list[list[str | float | None]] = []
    n_splits = params.prediction.n_splits if params.prediction is not None else 1
    n_test = study.outcome.n // n_splits
    for variant, predicted in predictions.items():
        for repeat in range(len(predicted.outcomes)):
            part = slice(repeat, repeat + 1)
            one = Predicted(
                predicted.outcomes[part],
                predicted.decisions[part],
                predicted.n_chosen[part],
                predicted.baseline[part],
            )
            for measure in measures(study.outcome):
                value = round(evaluate(measure.name, one, study.outcome), 6)
                row: list[str | float | None] = [dataset, "screening", variant]
                row += [f"repeat-{repeat + 1}", "all", None]
                row += [measure.name, value, measure.chance, study.outcome.n - n_test, n_test]
                rows.append([*row, None, None])
    return pd.DataFrame(rows, columns=columns)


def _tables(outputs: Outputs, params: "Screening") -> list[Table]:
    folder = outputs.manifest.parent
    tables = [
        Table(
            path=Path(os.path.relpath(outputs.best, folder)).as_posix(),
            title=f"The best {SHOWN} features",
            caption="score: orders features; mutual_information_nats: estimate; correlation: "
            "signed, of two classes with the second; p, q, p_max: see the methods; stability: "
            "share of halves that select the feature; n: subjects. The ranking of all features "
            f"is {outputs.ranking.name} beside it.",
        )
    ]
    if params.prediction is not None:
        tables.append(
            Table(
                path=Path(os.path.relpath(outputs.scores, folder)).as_posix(),
                title="Prediction by repeat",
                caption="Measures of each deal of subjects into folds; n_train and n_test of a "
                "fold, about.",
            )
        )
    return tables


def _draw(
    study: Study,
    ranked: Ranked,
    agreement: Agreement,
    results: list[Result],
    params: "Screening",
) -> dict[str, tuple["_Draw", Figure]]:
    """Functions that draw, and what there is to say of each figure."""
    label = ranked.score.method.label
    drawn: dict[str, tuple[_Draw, Figure]] = {
        "ranking": (
            lambda: figures.ranking_figure(ranked, study.names, params.alpha),
            Figure(
                path="-",
                title="Ranking",
                caption=f"Left: {label} of all features in order. Right: the best, with the share "
                "of halves that select them; orange: rises with the outcome"
                f"{_second(study)}, blue: falls.",
                alt=f"{label} of {study.features.n_features} features by rank; the best by name.",
            ),
        ),
        "agreement": (
            lambda: figures.agreement_figure(agreement),
            Figure(
                path="-",
                title="Agreement of methods",
                caption="Spearman's correlation of the rankings of all features, and the share of "
                f"common features among the best {agreement.n_top} of two methods.",
                alt=f"Two matrices of {len(agreement.methods)} methods.",
            ),
        ),
    }
    drawn |= _map(study, ranked, params)
    if results:
        drawn["prediction"] = (
            lambda: figures.prediction_figure(results),
            Figure(
                path="-",
                title="Prediction",
                caption="Mean over repeats, and 95 % interval over subjects. Gray dots: permuted "
                "outcomes. Dashed: chance. Where features were selected from all subjects, "
                "permuted outcomes are predicted as well: that gain is not there.",
                alt="Measures of prediction with intervals, for each variant.",
            ),
        )
    return drawn


def _map(study: Study, ranked: Ranked, params: "Screening") -> dict[str, tuple["_Draw", Figure]]:
    label, expression = ranked.score.method.label, params.map.expression
    if params.map.kind == "connectome":
        connectome = read_connectome(study.names, expression)
        about = Figure(
            path="-",
            title="Edges of the connectome",
            caption=f"Left: {label}. Right: correlation with the outcome{_second(study)}. Frames: "
            f"q ≤ {params.alpha:g}.",
            alt=f"Matrices of {len(connectome.regions)} regions.",
        )
        return {"map": (lambda: figures.connectome_figure(connectome, ranked, params.alpha), about)}
    if params.map.kind == "tracts":
        tracts = read_tracts(study.names, expression)
        about = Figure(
            path="-",
            title="Nodes along the tracts",
            caption=f"{label} of each node, a line per measure; dots: q ≤ {params.alpha:g}.",
            alt=f"Lines along {len(tracts.tracts)} tracts.",
        )
        return {"map": (lambda: figures.tracts_figure(tracts, ranked, params.alpha), about)}
    if study.mask is not None:
        voxels = read_voxels(study.names, expression, study.mask)
        about = Figure(
            path="-",
            title="Voxels on the brain",
            caption=f"Above: {label}. Below: correlation with the outcome{_second(study)}. Lines: "
            f"q ≤ {params.alpha:g}. Axial slices through the highest scores.",
            alt=f"Axial slices of {int(voxels.mask.sum())} voxels.",
        )
        underlay = params.map.underlay
        return {
            "map": (lambda: figures.voxels_figure(voxels, ranked, params.alpha, underlay), about)
        }
    return {}


def _second(study: Study) -> str:
    return f" (towards {study.classes[1]})" if len(study.classes) == 2 else ""


class _Draw(Protocol):
    def __call__(self) -> Drawing: ...
