"""`python -m benchmarks._page`: docs/benchmarks.md from claims.tsv and benchmarks/results/."""

import csv
import json
import re
from pathlib import Path

from benchmarks._claims import HERE, HOLDS

PAGE = HERE.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

What the project claims of itself, with the bar that each claim has to pass and what was measured
last. `python -m benchmarks.<word>` measures the claims of a word and prints them; this page is made
of what they left, by `python -m benchmarks._page`. Ratios compare with a peer in the same run, in
CPU seconds. What was not measured for this page is empty; where a claim misses its bar, the page of
its analysis tells by how much and why.
"""


def rows() -> list[dict[str, str]]:
    """Claims in the order of the file."""
    with (HERE / "claims.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", restval=""))


def told(page: str) -> dict[str, float]:
    """What a page says of each claim: what was not measured anew stays."""
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([-+.\de]+) \|", page, re.MULTILINE)
    return {claim: float(value) for claim, value in rows}


def measured(folder: Path = HERE / "results") -> dict[str, float]:
    """What the benchmarks left on this machine, by claim."""
    found: dict[str, float] = {}
    for path in sorted(folder.glob("*.json")):
        found |= json.loads(path.read_text())
    return found


def text(values: dict[str, float]) -> str:
    """The page."""
    parts, word = [HEAD], ""
    for row in rows():
        claim = row["claim"]
        if claim.split(".")[0] != word:
            word = claim.split(".")[0]
            parts.append(
                f"\n## {word}\n\n| claim | bar | measured | | meaning |\n|---|---|---|---|---|"
            )
        value = values.get(claim)
        shown = "" if value is None else f"{value:.4g}"
        holds = "" if value is None else HOLDS[row["op"]](value, float(row["bar"]))
        verdict = {True: "holds", False: "**misses**", "": ""}[holds]
        meaning = row["meaning"].replace("|", "\\|")
        parts.append(f"| `{claim}` | {row['op']} {row['bar']} | {shown} | {verdict} | {meaning} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    before = told(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    PAGE.write_text(text(before | measured()), encoding="utf-8")
    print(f"{PAGE} is written")
