"""From decoding to figures, with captions and alternative texts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from neuro.preprocess.decoded import ALPHA, Decoded
from neuro.preprocess.methods import ms
from neuro.preprocess.pictures import sides
from neuro.viz.decoding import CoursePicture, course_figure, generalization_figure

if TYPE_CHECKING:
    from neuro.config.eeg import Contrast, EEGDecoding

Texts = dict[str, str]


def draw(one: Decoded, params: "EEGDecoding") -> Iterator[tuple[str, Figure, Texts]]:
    """Figures of a contrast.

    Yields
    ------
    name : str
        File name without its ending.
    figure : Figure
        The figure.
    texts : dict of str
        Its title, caption and alternative text.
    """
    contrast = params.contrasts[one.name]
    yield f"decoding_{one.name}", *_course(one, contrast, params)
    yield f"generalization_{one.name}", *_generalization(one, contrast)


def spans(one: Decoded) -> list[tuple[float, float]]:
    """Begin and end of each stretch of significant bins, s."""
    inside = np.concatenate([[False], one.p <= ALPHA, [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1]).reshape(-1, 2)
    half = one.width / 2
    return [(float(one.times[a] - half), float(one.times[b - 1] + half)) for a, b in edges]


def spans_text(one: Decoded) -> str:
    """`80 to 320 and 400 to 420 ms`, or `at no time`."""
    parts = [f"{ms(start)} to {ms(stop)}" for start, stop in spans(one)]
    return f"{', '.join(parts)} ms" if parts else "at no time"


def peak_text(one: Decoded) -> str:
    """Highest area and its time."""
    best = int(np.argmax(one.course.mean))
    return f"{one.course.mean[best]:.2f} at {ms(float(one.times[best]))} ms"


def _course(one: Decoded, contrast: "Contrast", params: "EEGDecoding") -> tuple[Figure, Texts]:
    first, second = sides(contrast)
    picture = CoursePicture(
        times=one.times,
        value=one.course.mean,
        low=one.course.low,
        high=one.course.high,
        simple=one.roi_course,
        threshold=one.threshold,
        spans=spans(one),
        window=contrast.window,
        label="all channels",
        simple_label="amplitude of the region",
    )
    percent = f"{100 * params.statistics.confidence:g}%"
    return course_figure(picture), {
        "title": f"Decoding of {first} against {second}",
        "caption": (
            f"Blue: area under the ROC curve of linear discriminant analysis of all "
            f"good channels at each time, in {len(one.splits)} blocks of the recording that it was "
            f"not trained on ({len(one.labels)} trials); band: pointwise {percent} bootstrap "
            "interval across trials, classifiers fixed. Orange: the region's amplitude alone, "
            "without training. Dotted and bars: "
            f"significant by permutation, corrected for all times ({spans_text(one)}). Shaded: the "
            f"window of the contrast. Highest: {peak_text(one)}; chance is 0.5."
        ),
        "alt": f"Curve of decoding over time, highest {peak_text(one)}; significant: "
        f"{spans_text(one)}.",
    }


def _generalization(one: Decoded, contrast: "Contrast") -> tuple[Figure, Texts]:
    first, second = sides(contrast)
    share = 100 * float((one.matrix > one.matrix_threshold).mean())
    found = f"{share:.0f}% of the pairs of times are above it"
    return generalization_figure(
        one.matrix, one.times, one.width, one.matrix_threshold, contrast.window
    ), {
        "title": f"Temporal generalization: {first} against {second}",
        "caption": (
            "Area under the ROC curve of classifiers trained at one time and tested at another; "
            "the diagonal is decoding over time. A square means a state that lasts, a diagonal "
            "states that follow each other; below 0.5 the pattern is reversed. Contour: "
            f"significant by permutation, corrected for all pairs of times "
            f"({_area(one.matrix_threshold)}; {found}). Black bars: the window of the contrast."
        ),
        "alt": f"Matrix of decoding by time of training and of testing; {found}.",
    }


def _area(threshold: float) -> str:
    return f"area above {threshold:.2f}" if np.isfinite(threshold) else "too few permutations"
