"""What happens around a run: old failure records go, new ones reach the report."""

import sys
from pathlib import Path

from neuro.workflow.made import forget
from neuro.workflow.task import FAILURE

RESULTS = Path("results")


def clear_failures(results: Path = RESULTS) -> None:
    """Delete the failure records of an earlier run: a record belongs to one run."""
    for record in (results / "logs").rglob(f"*{FAILURE}"):
        record.unlink(missing_ok=True)


def report_failures(results: Path = RESULTS) -> None:
    """After a run that failed: write the report of what there is, if a job left word."""
    count = len(list((results / "logs").rglob(f"*{FAILURE}")))
    if count:
        page = report_partial(results)
        print(f"{count} job(s) failed; {page} lists them.", file=sys.stderr)


def report_partial(results: Path = RESULTS) -> Path:
    """Write the report from the manifests that exist, failures first.

    Parameters
    ----------
    results : Path
        The results folder.

    Returns
    -------
    page : Path
        The report.
    """
    from neuro.report import build, facts, read_failures

    whole = sorted(results.glob("*/*/manifest.json"))
    each = sorted(results.glob("*/*/**/*_manifest.json"))
    failures = read_failures(results / "logs")
    page = results / "report" / "index.html"
    if failures:  # else the next run would take this page for the whole report
        (page.parent / "complete.json").unlink(missing_ok=True)
    for name in ("index.html", "pages", "assets", "references.bib", "complete.json"):
        forget(page.parent / name)
    build(
        [*whole, *each],
        page,
        title="neuro report (incomplete)" if failures else "neuro report",
        failures=failures,
        facts=facts(),
    )
    return page
