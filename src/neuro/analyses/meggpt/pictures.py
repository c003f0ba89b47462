"""From what was found to figures in a folder, with captions and alternative texts."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.drawings import rates_figure, training_figure
from neuro.analyses.meggpt.drawings_habits import (
    bursts_figure,
    decoding_figure,
    fingerprint_figure,
)
from neuro.analyses.meggpt.drawings_signals import (
    bands_figure,
    coupling_figure,
    example_figure,
    maps_figure,
    spectra_figure,
)
from neuro.analyses.meggpt.likeness import BANDS
from neuro.io.manifest import Figure
from neuro.viz.style import save_svg

if TYPE_CHECKING:
    from neuro.analyses.meggpt.summarise import Found

Floats = NDArray[np.float64]
Keep = Callable[..., None]


def draw(found: "Found", folder: Path, relative: str, confidence: float) -> list[Figure]:
    """Draw all figures of a dataset.

    Parameters
    ----------
    found : Found
        Tables and arrays.
    folder : Path
        Where to.
    relative : str
        That folder as the manifest names it.
    confidence : float
        Of intervals.

    Returns
    -------
    figures : list of Figure
        With captions.
    """
    figures: list[Figure] = []

    def keep(name: str, drawn, title: str, caption: str, alt: str) -> None:  # type: ignore[no-untyped-def]
        save_svg(drawn, folder / f"{name}.svg")
        path = f"{relative}/{name}.svg"
        figures.append(Figure(path=path, title=title, caption=caption, alt=alt))

    band = "{:g}-{:g} Hz".format(*found.corpus.band)
    keep(
        "rates",
        rates_figure(found.rates),
        "What tokens cost and keep",
        f"Variance of held-out signals ({band}) that decoded tokens explain, by what a token "
        "costs: nats per token by the best of contexts of no, one and two earlier tokens, learned "
        "on training sessions. Higher and further left is better; numbers are a tokenizer's "
        "setting at the ends of its line; the circle is the model's tokenizer.",
        "Lines of variance explained against cost, one for each kind of tokenizer.",
    )
    keep(
        "training",
        training_figure(found.training, found.mean("nats")),
        "Training",
        "Cost of a token while the model learns: line, training windows (running mean); dots, "
        "held-out windows. Dashed lines: what held-out tokens cost by short contexts and by each "
        "channel's linear autoregression"
        + (
            "; dotted: for one who knows the simulation's law, its bursts and all of the past."
            if "oracle" in found.mean("nats")
            else "."
        ),
        "Falling curves above or below horizontal lines.",
    )
    for label in found.labels[:1]:
        _signals(found, label, keep)
    _habits(found, keep)
    if found.decoding is not None:
        keep(
            "decoding",
            decoding_figure(found.decoding),
            "Trials told apart",
            "Balanced accuracy on trials of unseen blocks or subjects, or of the publisher's test, "
            f"with its {100 * confidence:g} % interval over trials; dashed: chance. Black: from "
            "the signals; blue: from hidden states of a model that saw nothing of what is tested, "
            "and of one that was not trained.",
            "Dots with intervals by method, and a line at chance.",
        )
    return figures


def _habits(found: "Found", keep: Keep) -> None:
    """Bursts of a few channels, and who is recognized."""
    channels = found.evaluation["burst_channels"].values
    bursts: dict[str, list[Floats]] = {}
    for label in found.labels:
        for source, values in found.arrays(label, "bursts").items():
            bursts.setdefault(source, []).append(values)
    keep(
        "bursts",
        bursts_figure(
            {source: np.stack(values) for source, values in bursts.items()},
            tuple(found.corpus.names[i] for i in channels),
        ),
        "Bursts",
        "Visits of the state with the most power of three that a hidden Markov model of 21 lagged "
        f"copies at 100 Hz finds in {len(channels)} channels of the held-out sessions: bursts per "
        "second, their mean length, the mean time between two, and the share of time in bursts. "
        f"Dots: mean over {len(found.labels)} session(s); lines: their range.",
        "Four panels of dots by channel, recorded and generated.",
    )
    if "fingerprint" in found.evaluation:
        keep(
            "fingerprint",
            fingerprint_figure(found.evaluation["fingerprint"].values, found.labels),
            "Which session is it?",
            "Correlation distance between the fingerprints (covariances of each channel's 21 "
            "lagged copies) of generated sessions and recorded ones; ring: the nearest recorded "
            "session. On the diagonal is the session that was imitated.",
            "A matrix of distances.",
        )


def _signals(found: "Found", label: str, keep: Keep) -> None:
    """Generated beside recorded signals of a held-out session."""
    frequencies = found.arrays(label, "frequencies")["real"]
    spectra = {
        source: values
        for source, values in found.arrays(label, "spectra").items()
        if source != "truth" and values.shape[1] == len(frequencies)
    }
    if "truth" in (known := found.arrays(label, "spectra")):
        at = found.arrays(label, "frequencies")["truth"]
        spectra["truth"] = np.stack([np.interp(frequencies, at, row) for row in known["truth"]])
    n_channels = len(spectra["real"])
    keep(
        "spectra",
        spectra_figure(frequencies, spectra),
        f"Spectra: {label}",
        "Power spectral densities from 1 to 45 Hz of a held-out session and of a session that was "
        f"generated like it, both in standard deviations: median over {n_channels} channels; "
        "bands: from 10 to 90 % of the channels. Windows of 2 s, half overlapping.",
        "Curves of power against frequency, recorded and generated.",
    )
    examples = found.arrays(label, "example")
    keep(
        "example",
        example_figure(
            examples["real"],
            examples["own"],
            found.evaluation[f"{label}/real/example"].attrs["sfreq"],
            found.corpus.names,
        ),
        f"Two seconds: {label}",
        "The first two seconds of the held-out session and of the generated one, of a few channels "
        "spread over all; lines are 5 standard deviations apart.",
        "Traces of channels, recorded at left, generated at right.",
    )
    keep(
        "coupling",
        coupling_figure(found.arrays(label, "covariance"), found.arrays(label, "envelopes")),
        f"What channels share: {label}",
        "Each dot is a pair of channels: covariance, and correlation of the envelopes from 8 to "
        "12 Hz, generated against recorded; r over pairs. Channels that do not see each other "
        "(green" + (", orange" if "control" in spectra else "") + ") share nothing by design.",
        "Clouds of dots about a diagonal line.",
    )
    shares = found.arrays(label, "bands")
    powers = {source: dict(zip(BANDS, shares[source], strict=True)) for source in ("real", "own")}
    keep(
        "bands",
        bands_figure(powers["real"], powers["own"]),
        f"Band powers: {label}",
        "Each dot is a channel: share of its power from 1 to 45 Hz that lies in a band, generated "
        "against recorded; lines: equal.",
        "Five panels of dots about diagonal lines.",
    )
    if "positions" in found.evaluation:
        positions = found.evaluation["positions"].values
        keep(
            "maps",
            maps_figure(positions, powers["real"], powers["own"]),
            f"Maps of band power: {label}",
            "Share of each parcel's power from 1 to 45 Hz that lies in a band, at the parcel's "
            "center, seen from above (front is up): recorded, and generated.",
            "Two rows of five maps of dots.",
        )
