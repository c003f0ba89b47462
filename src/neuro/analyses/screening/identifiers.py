"""Identifiers among the features: by their names, and by how they behave.

An identifier is not a measurement, yet it can rank first: numbers handed out site by site encode
the site, and whatever differs between sites.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuro.analyses.screening.sources import Source
from neuro.stats.dependence.block import Floats

_NAME = re.compile(
    r"(^|[_\W])(id|ids|iid|fid|guid|uuid|index|idx|row|rownum|record|mrn|site|scanner|center|centre)"
    r"([_\W]|$)|subject|participant|patient|identifier|session_?id|^unnamed|(sub|subj|scan|rid)_?id$",
    re.IGNORECASE,
)
LEAST = 20
"""Samples below which behavior tells nothing."""


@dataclass(frozen=True)
class Identifier:
    """A column that looks like an identifier.

    Parameters
    ----------
    feature : int
        Its place among the features.
    name : str
        Its name.
    reasons : tuple of str
        Why it was suspected.
    """

    feature: int
    name: str
    reasons: tuple[str, ...]


def find_identifiers(source: Source, size: int = 1024) -> list[Identifier]:
    """Find columns that look like identifiers.

    Parameters
    ----------
    source : Source
        The features.
    size : int
        Features read at once.

    Returns
    -------
    found : list of Identifier
        In the order of the features.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import neuro
    >>> from neuro.analyses.screening.sources import as_source
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"subject_id": np.arange(50.0), "edge": rng.standard_normal(50)})
    >>> [each.name for each in neuro.screening.find_identifiers(as_source(table))]
    ['subject_id']
    """
    found = []
    for start, values in source.chunks(size):
        names = source.names(start, start + len(values))
        behaving = _behaving(values)
        for i, (name, reasons) in enumerate(zip(names, behaving, strict=True)):
            by_name = ["its name"] if looks_like_identifier(name) else []
            if by_name or reasons:
                found.append(Identifier(start + i, name, tuple(by_name + reasons)))
    return found


def looks_like_identifier(name: str) -> bool:
    """Whether a name is one that identifiers bear, e.g. `SUB_ID`, `participant_id`, `site`."""
    return _NAME.search(name) is not None


def _behaving(values: Floats) -> Sequence[list[str]]:
    """What is odd about each row of values."""
    reasons: list[list[str]] = [[] for _ in values]
    with np.errstate(invalid="ignore"):
        whole = np.all(values == np.round(values), axis=1)  # false where one is missing
    if values.shape[1] < LEAST:
        return reasons
    for b in np.flatnonzero(whole):
        row = np.sort(values[b])
        steps = np.diff(row)
        if not np.all(steps > 0):
            continue
        ones = float(np.mean(steps == 1))
        # Distinct counts lie apart; numbers that were handed out follow each other.
        if ones >= 0.5:
            reasons[b].append("whole numbers, all different, that follow each other")
        elif np.all(np.diff(values[b]) > 0) or np.all(np.diff(values[b]) < 0):
            reasons[b].append("whole numbers, all different, in the order of the samples")
    return reasons
