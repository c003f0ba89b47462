"""Work on chunks of features: in threads, and what is told of a chunk before it is screened."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.screening.block import Floats
from neuro.analyses.screening.outcome import categorical_rows
from neuro.analyses.screening.sources import Source

T = TypeVar("T")


def in_threads(
    work: Callable[[int, Floats], T], chunks: Iterator[tuple[int, Floats]], n_jobs: int
) -> Iterator[T]:
    """Do the work in threads, with no more chunks in memory than threads, and one to come."""
    if n_jobs == 1:
        for start, values in chunks:
            yield work(start, values)
        return
    with ThreadPoolExecutor(n_jobs) as pool:
        waiting: deque[Future[T]] = deque()
        for start, values in chunks:
            waiting.append(pool.submit(work, start, values))
            if len(waiting) > n_jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def refuse_infinite(source: Source, start: int, values: Floats) -> None:
    """Raise ValueError that names the first feature with an infinite value."""
    # A sum is not finite if any value is not; NaN alone is allowed.
    for b in np.flatnonzero(~np.isfinite(values.sum(1))):
        bad = np.flatnonzero(np.isinf(values[b]))
        if len(bad):
            name = source.names(start + int(b), start + int(b) + 1)[0]
            raise ValueError(
                f"{source.where}: {name!r} (column {start + b}) is infinite in {len(bad)} "
                f"sample(s), first in sample {bad[0]}; mark what is missing as NaN"
            )


def which_discrete(
    given: bool | NDArray[np.bool_] | str, start: int, values: Floats
) -> NDArray[np.bool_]:
    """Which features of a chunk are categories."""
    if isinstance(given, np.ndarray):
        part: NDArray[np.bool_] = given[start : start + len(values)]
        return part
    if given == "auto":
        return categorical_rows(values)
    return np.full(len(values), bool(given))


def same_pattern(missing: NDArray[np.bool_], rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Rows grouped by where their values are missing."""
    groups: dict[bytes, list[int]] = {}
    for row in rows:
        groups.setdefault(np.packbits(missing[row]).tobytes(), []).append(int(row))
    return [np.array(group) for group in groups.values()]
