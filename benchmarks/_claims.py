"""Claims with their bars: every benchmark prints them as one table and keeps them as JSON."""

import csv
import json
import operator
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
HOLDS = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
}


def tell(word: str, values: Mapping[str, float]) -> bool:
    """Print a word's claims against their bars, and write `benchmarks/results/<word>.json`.

    Parameters
    ----------
    word : str
        The word, e.g. `house`.
    values : mapping of str to float
        Measured values by full claim name, e.g. `house.noop_seconds`.

    Returns
    -------
    hold : bool
        Whether every claim of the word was measured and meets its bar.
    """
    with (HERE / "claims.tsv").open(encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file, delimiter="\t", restval="") if _word(row) == word
        ]
    print(f"\n{'claim':36} {'measured':>10}    {'bar':10} meaning")
    all_hold = True
    for row in rows:
        value = values.get(row["claim"])
        holds = value is not None and HOLDS[row["op"]](value, float(row["bar"]))
        all_hold &= holds
        shown = "-" if value is None else f"{value:.4g}"
        bar = f"{row['op']} {row['bar']}"
        print(f"{row['claim']:36} {shown:>10} {'ok' if holds else 'NO'} {bar:10} {row['meaning']}")
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{word}.json"
    # A run of one part leaves what other parts have measured.
    before = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**before, **values}, indent=2) + "\n")
    return all_hold


def _word(row: Mapping[str, str]) -> str:
    return row["claim"].split(".")[0]
