"""Quality of all recordings side by side, by kind, with what is unusual marked."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

from neuro.report import gather, numbers, view

UNUSUAL = 3.5
"""Distance from the median, in robust standard deviations, beyond which a number is marked."""
FEWEST = 5
"""Recordings of a dataset below which nothing is called unusual."""
_MEDIAN_TO_SD, _MEAN_TO_SD = 1.4826, 1.2533
"""From the median and the mean absolute deviation to a standard deviation of normal numbers."""


def triage(
    datasets: Sequence[tuple[gather.Dataset, view.Dataset]],
) -> tuple[view.Triage, ...]:
    """Tables of recordings, one per kind of data.

    Parameters
    ----------
    datasets : sequence of tuple
        Each dataset as gathered, and as shown.

    Returns
    -------
    tables : tuple of Triage
        Kinds in order of appearance. The numbers are the key numbers of each recording's
        preprocessing; a recording that lacks one has an empty cell.
    """
    kinds: dict[str, list[tuple[gather.Word, view.Dataset, view.Section]]] = {}
    for dataset, shown in datasets:
        for word, section in zip(dataset.words, shown.sections, strict=True):
            if word.name == "preprocess" and word.recordings:
                kinds.setdefault(shown.kind, []).append((word, shown, section))
    return tuple(_table(kind, parts) for kind, parts in kinds.items())


def _table(
    kind: str, parts: Sequence[tuple[gather.Word, view.Dataset, view.Section]]
) -> view.Triage:
    sources = [source for word, _, _ in parts for source in word.recordings]
    names = tuple(dict.fromkeys(n.name for s in sources for n in s.manifest.key_numbers))
    return view.Triage(kind, names, tuple(row for part in parts for row in _rows(names, *part)))


def _rows(
    names: tuple[str, ...], word: gather.Word, dataset: view.Dataset, section: view.Section
) -> Iterable[view.Triaged]:
    values = [{n.name: n.value for n in s.manifest.key_numbers} for s in word.recordings]
    bounds = {name: _usual([v[name] for v in values if name in v]) for name in names}
    for source, entry, own in zip(word.recordings, section.recordings, values, strict=True):
        shown = {n.name: numbers.describe(n) for n in source.manifest.key_numbers}
        yield view.Triaged(
            dataset=dataset.name,
            recording=entry.name,
            href=f"{dataset.href}#{entry.id}",
            page=entry.page,
            warnings=entry.warnings,
            cells=tuple(_cell(name, own, shown, bounds[name]) for name in names),
        )


def _cell(
    name: str,
    values: Mapping[str, float],
    shown: Mapping[str, numbers.Number],
    usual: tuple[float, float],
) -> view.Cell:
    if name not in values:
        return view.Cell("–", None)
    low, high = usual
    value = values[name]
    return view.Cell(shown[name].value + shown[name].unit, value, not low <= value <= high)


def _usual(values: Sequence[float]) -> tuple[float, float]:
    """Bounds of what is usual: the median, and deviations from it.

    Iglewicz and Hoaglin's rule: the median absolute deviation, or the mean one where more than
    half of the values are the same.
    """
    if len(values) < FEWEST:
        return float("-inf"), float("inf")
    middle = statistics.median(values)
    deviations = [abs(value - middle) for value in values]
    spread = _MEDIAN_TO_SD * statistics.median(deviations) or _MEAN_TO_SD * statistics.fmean(
        deviations
    )
    return middle - UNUSUAL * spread, middle + UNUSUAL * spread
