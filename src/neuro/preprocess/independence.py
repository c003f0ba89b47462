"""What a reader must know of trials that are not independent."""

from typing import TYPE_CHECKING

from neuro.preprocess.epoching import examined_span
from neuro.preprocess.methods import ms
from neuro.preprocess.steps.common import Found

if TYPE_CHECKING:
    from neuro.config.eeg import EEGPreprocess


def overlap_warnings(overlap: Found | None, params: "EEGPreprocess") -> list[str]:
    """Warn of epochs that share what contrasts take for independent."""
    span = examined_span(params)
    if overlap is None or span is None or not overlap["epochs"]:
        return []
    return [
        f"{overlap['epochs']} of {overlap['of']} epochs share up to {ms(overlap['longest_s'])} ms "
        f"of what the contrasts look at ({ms(span[0])} to {ms(span[1])} ms, with the baseline) "
        "with the epoch before. Such trials are not independent, as intervals and p values across "
        "trials take them to be: they are too optimistic. Shorten baseline and windows, or take "
        "fewer events."
    ]
