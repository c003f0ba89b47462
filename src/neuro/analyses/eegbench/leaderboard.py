"""The leaderboard: one page of all methods on all datasets, to sort and filter in a browser."""

import base64
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from neuro import __version__
from neuro.analyses.eegbench.ranks import Ranking, rank
from neuro.analyses.eegbench.scores import LOWER_IS_BETTER, METRICS
from neuro.io.atomic import write_text
from neuro.io.policy import content_policy
from neuro.io.tables import read_tsv
from neuro.viz.eegbench import TITLES, ranks_figure
from neuro.viz.style import save_svg, style

WHERE = ["dataset", "task", "split"]
ABOUT = ["method", "family", "note", "n_subjects", "n_test", "n_classes", "resampled", "seconds",
         "n_parameters", "flops_per_trial"]  # fmt: skip
SHORT = {
    "balanced_accuracy": "Balanced accuracy",
    "auroc": "AUROC",
    "accuracy": "Accuracy",
    "auprc": "AUPRC",
    "macro_f1": "Macro F1",
    "kappa": "Kappa",
    "brier": "Brier",
    "ece": "ECE",
}


def write_page(
    summaries: Sequence[str | Path],
    page: str | Path,
    *,
    title: str,
    confidence: float,
    published: Mapping[str, str],
) -> None:
    """Write the leaderboard.

    Parameters
    ----------
    summaries : sequence of str | Path
        `summary.tsv` of each dataset.
    page : str | Path
        The page; it needs no other file and no network.
    title : str
        Title of the report.
    confidence : float
        Of the intervals.
    published : mapping of str to str
        Published results, by dataset and task.
    """
    text_columns = ("note", "family", "resampled")
    tables = [read_tsv(path, ("dataset", "entry", "metric", "value")) for path in summaries]
    summary = pd.concat(tables, ignore_index=True)
    for column in text_columns:
        summary[column] = ["" if pd.isna(text) else str(text) for text in summary[column]]
    rows = rows_of(summary)
    ranking = ranking_of(summary)
    environment = Environment(
        loader=PackageLoader("neuro.analyses.eegbench", "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    look, script = _text("leaderboard.css"), _text("leaderboard.js")
    html = environment.get_template("leaderboard.html.j2").render(
        title=title,
        version=__version__,
        style=look,
        script=script,
        policy=content_policy(style=look, script=script),
        rows=rows,
        metrics=[(key, SHORT[key], METRICS[key], key in LOWER_IS_BETTER) for key in METRICS],
        datasets=list(dict.fromkeys(f"{row['dataset']}, {row['task']}" for row in rows)),
        splits=list(dict.fromkeys(row["split"] for row in rows)),
        families=list(dict.fromkeys(row["family"] for row in rows)),
        family_titles=TITLES,
        confidence=f"{confidence:.0%}",
        published=published,
        ranking=ranking,
        diagram="" if ranking is None else _diagram(ranking),
    )
    write_text(page, html)


def rows_of(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per dataset, task, split and entry, with all its metrics.

    Parameters
    ----------
    summary : DataFrame
        Of :func:`neuro.analyses.eegbench.collect.summary_table`, of all datasets.

    Returns
    -------
    rows : list of dict
        The best balanced accuracy first, within each task and split.
    """
    rows = []
    for key, own in summary.groupby([*WHERE, "entry"], sort=False):
        first = own.iloc[0]
        row: dict[str, Any] = dict(zip([*WHERE, "entry"], key, strict=True))
        row |= {name: None if pd.isna(first[name]) else first[name] for name in ABOUT}
        row["metrics"] = {
            str(one["metric"]): {
                "value": float(one["value"]),
                "chance": None if pd.isna(one["chance"]) else float(one["chance"]),
                "interval": None if pd.isna(one["low"]) else (float(one["low"]),
                                                              float(one["high"])),
            }
            for _, one in own.iterrows()
        }  # fmt: skip
        rows.append(row)
    order = {where: k for k, where in enumerate(dict.fromkeys(_where(row) for row in rows))}
    return sorted(
        rows, key=lambda r: (order[_where(r)], -r["metrics"]["balanced_accuracy"]["value"])
    )


def _where(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in WHERE)


def ranking_of(summary: pd.DataFrame) -> Ranking | None:
    """Ranks by balanced accuracy over all tasks and splits."""
    scores = summary[summary["metric"] == "balanced_accuracy"]
    wide = scores.pivot_table(index=WHERE, columns="entry", values="value", sort=False)
    return rank(wide)


def _diagram(ranking: Ranking) -> str:
    """The critical-difference diagram, as the address of a picture that holds it."""
    with style(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ranks.svg"
        save_svg(ranks_figure(ranking.ranks, ranking.difference, ranking.n_blocks), path)
        return f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode()}"


def _text(name: str) -> str:
    return (files("neuro.analyses.eegbench") / "templates" / name).read_text(encoding="utf-8")
