"""What the manifest says: key numbers, methods, warnings, citations."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.io.manifest import Citation, KeyNumber
from neuro.stats.intervals import mean_band

if TYPE_CHECKING:
    from neuro.analyses.meggpt.summarise import Found
    from neuro.config.meggpt import MEGGPT

CITATIONS = [
    Citation(
        text="Huang R, Cho S, Gohil C, Parker Jones O, Woolrich MW (2025). MEG-GPT: a "
        "transformer-based foundation model for magnetoencephalography data. arXiv:2510.18080.",
        url="https://arxiv.org/abs/2510.18080",
    ),
    Citation(
        text="Cho S, Huang R, Gohil C, Parker Jones O, Woolrich MW (2026). A systematic evaluation "
        "of sample-level tokenization strategies for MEG foundation models. arXiv:2602.16626.",
        url="https://arxiv.org/abs/2602.16626",
    ),
    Citation(
        text="Zamir R, Kochman Y, Erez U (2008). Achieving the Gaussian rate-distortion function "
        "by prediction. IEEE Transactions on Information Theory, 54(7), 3354-3364.",
        url="https://doi.org/10.1109/TIT.2008.924683",
    ),
    Citation(
        text="Su J, Ahmed M, Lu Y, Pan S, Bo W, Liu Y (2024). RoFormer: enhanced transformer with "
        "rotary position embedding. Neurocomputing, 568, 127063.",
        url="https://doi.org/10.1016/j.neucom.2023.127063",
    ),
]
LITTLE = 600.0
"""Seconds of training signals below which a reader is told that this is little."""
ORTHOGONAL = 0.02
"""Mean absolute correlation below which channels share nothing at zero lag."""


def key_numbers(found: "Found", settings: "MEGGPT") -> list[KeyNumber]:
    """Numbers of a dataset."""
    row = found.rates[found.rates["of_model"]].iloc[0]
    numbers = [
        KeyNumber(
            name="variance explained by the model's tokens",
            value=float(row["pve"]),
            unit="%",
            n=_held(found),
            note=f"{row['used']} tokens occur; {row['best']:.3f} nats ({row['bits']:.2f} bits) per "
            "token by short contexts",
        )
    ]
    costs = found.mean("nats")
    best = min((name for name in costs if name in BASELINES), key=lambda name: costs[name])
    note = f"best baseline, {best}: {costs[best]:.4f}"
    if "oracle" in costs:
        note += f"; knowing the law: {costs['oracle']:.4f}"
    numbers.append(_over_sessions(found, settings, "cost of a token", "own", "nats", "nats", note))
    numbers.append(
        _over_sessions(found, settings, "likeliest token is the next", "own", "top1", "",
                       f"{best}: {found.mean('top1')[best]:.4f}")
    )  # fmt: skip
    return [*numbers, *_likeness(found, settings), *_decoded(found, settings)]


BASELINES = ("unigram", "bigram", "trigram", "autoregression")


def _likeness(found: "Found", settings: "MEGGPT") -> list[KeyNumber]:
    """How like recordings what was generated is, with what two halves of a session give."""
    told = {
        "psd_cosine": "spectra, generated and recorded, cosine",
        "covariance_r": "covariances of pairs, generated and recorded, r",
        "envelope_r": "alpha envelopes of pairs, generated and recorded, r",
        "truth_psd_cosine": "spectra, generated and true, cosine",
        "truth_covariance_r": "covariances of pairs, generated and true, r",
    }
    numbers = []
    for metric, name in told.items():
        means = found.mean(metric)
        if "own" not in means:
            continue
        others = {
            "two halves of the session": means.get("other half"),
            "recorded": means.get("real"),
            "channels on their own": means.get("control"),
            "autoregression": means.get("autoregression"),
        }
        note = "; ".join(
            f"{key}: {value:.3f}" for key, value in others.items() if value is not None
        )
        numbers.append(_over_sessions(found, settings, name, "own", metric, "", note))
    return numbers


def _decoded(found: "Found", settings: "MEGGPT") -> list[KeyNumber]:
    """How well trials are told by the best of the hidden states, and by the signals."""
    if found.decoding is None:
        return []
    numbers = []
    for row in found.decoding.to_dict("records"):
        if row["method"] not in ("raw", "zero-shot"):
            continue
        numbers.append(
            KeyNumber(
                name=f"{row['task']}, {row['split']}: balanced accuracy, {row['method']}",
                value=float(row["value"]),
                interval=(float(row["low"]), float(row["high"])),
                confidence=settings.confidence,
                chance=float(row["chance"]),
                n=f"{row['n_test']} tested trials",
            )
        )
    return numbers


def _over_sessions(
    found: "Found", settings: "MEGGPT", name: str, method: str, metric: str, unit: str, note: str
) -> KeyNumber:
    """Mean over sessions, with its interval where there are several."""
    rows = found.scores[(found.scores["method"] == method) & (found.scores["metric"] == metric)]
    values = rows["value"].to_numpy(float)
    interval = None
    if len(values) > 1:
        band = mean_band(values[:, np.newaxis], settings.confidence)
        interval = float(band.low[0]), float(band.high[0])
    return KeyNumber(
        name=name,
        value=float(values.mean()),
        unit=unit,
        interval=interval,
        confidence=None if interval is None else settings.confidence,
        n=f"{len(values)} held-out session{'s' if len(values) > 1 else ''}",
        note=note,
    )


def _seconds(found: "Found", part: str) -> float:
    sessions = getattr(found.corpus, part).values()
    return float(sum(each.shape[1] for each in sessions) / found.corpus.sfreq)


def _held(found: "Found") -> str:
    n, names = len(found.corpus.test), len(found.corpus.names)
    return f"{n} session{'s' if n > 1 else ''}, {_seconds(found, 'test'):.0f} s, {names} channels"


def paragraphs(found: "Found", settings: "MEGGPT") -> list[str]:
    """Methods, made from the actual parameters."""
    low, high = found.corpus.band
    held = {
        "subjects": "the last subjects",
        "sessions": "the last sessions",
        "time": "the end of each session",
    }[found.corpus.split]
    told = [
        f"Signals of {len(found.corpus.names)} channels at {found.corpus.sfreq:g} Hz ({low:g} to "
        f"{high:g} Hz) were standardized by session and channel and turned into one token per "
        f"sample and channel. Held out was {held}: {_seconds(found, 'test'):.0f} s; "
        f"{_seconds(found, 'train'):.0f} s were learned from.",
        _tokens(settings),
        "Tokenizers are compared by the variance that decoded tokens explain and by what a token "
        "costs: nats by the best of interpolated n-gram codes of order 1 to 3, learned on training "
        "tokens and charged on held-out ones (after Cho et al., 2026).",
        _model(settings),
        _training(settings),
        _generation(settings),
        "Generated and recorded sessions were compared by power spectral densities (Welch, windows "
        "of 2 s, 1 to 45 Hz), band powers, covariances, and correlations of envelopes from 8 to "
        "12 Hz. Baselines are each channel's linear autoregression of order 80"
        + (", and a model whose channels do not see each other." if settings.training.control
           else "."),
    ]  # fmt: skip
    if found.decoding is not None:
        told.append(
            "Trials were told apart by logistic regression on windows, or on hidden states; "
            "tokenizer and model were made anew for each fold from what it learns from, which no "
            "sample of a tested block or subject is among."
        )
    return told


def _tokens(settings: "MEGGPT") -> str:
    tokens = settings.tokens
    if tokens.kind == "residual":
        return (
            "The tokenizer is predictive: a linear filter of order 24 foretells each sample from "
            "the decoded past, and the token is the level, "
            f"{tokens.step:g} standard deviations wide, of what is left; a Wiener filter follows "
            "decoding (after Zamir et al., 2008)."
        )
    if tokens.kind == "learned":
        made = "with its authors' released weights" if tokens.weights else (
            f"trained in {tokens.learning.n_stages} stages from soft to hard tokens, the best of "
            f"{tokens.learning.n_restarts} runs by hard held-out variance explained"
        )  # fmt: skip
        return (
            "The tokenizer is learned: a recurrent encoder names a token for each sample, and the "
            f"signal is the sum of the tokens' filters (Huang et al., 2025), {made}."
        )
    return f"The tokenizer is of amplitude levels: {tokens.kind}, {tokens.n_tokens} bins."


def _model(settings: "MEGGPT") -> str:
    sizes = settings.model
    if sizes.preset != "own":
        return (
            f"The model is the {sizes.preset} one of Huang et al. (2025): each channel on its own, "
            "over patches of its past."
        )
    return (
        f"The model is a transformer of {sizes.n_layers} layers ({sizes.width} features, "
        f"{sizes.n_heads} heads) whose attention is factorised: over the last {sizes.window} "
        "samples of a channel, with rotary positions (Su et al., 2024), and over all channels at "
        "one sample. Nothing sees a later sample, and every sample is a target. Statistics of the "
        "first fifth of a session tell the model which session it is."
    )


def _training(settings: "MEGGPT") -> str:
    how = settings.training
    return (
        f"It was trained for {how.n_steps} steps of {how.n_windows * how.processes} windows of "
        f"{how.length} samples by AdamW (highest rate {how.rate:g}, warm-up, cosine), seed of the "
        "configuration."
    )


def _generation(settings: "MEGGPT") -> str:
    how = settings.generation
    limits = [
        f"{name.replace('_', '-')} {value:g}"
        for name, value in (("top_p", how.top_p), ("top_k", how.top_k), ("typical", how.typical))
        if value != type(how).model_fields[name].default
    ]
    return (
        f"Sessions of {how.seconds:g} s were drawn token by token (temperature {how.temperature:g}"
        + "".join(f", {limit}" for limit in limits)
        + "), all channels of a sample together by a Gaussian copula whose correlation was "
        "estimated on training sessions; they imitate held-out sessions by the statistics alone."
    )


def warnings_of(found: "Found", settings: "MEGGPT") -> list[str]:
    """What a reader should know."""
    told = []
    seconds = _seconds(found, "train")
    if seconds < LITTLE:
        told.append(
            f"{seconds:.0f} s of training signals is very little for a model: published ones learn "
            "from tens to hundreds of hours. The numbers show that everything works, not what such "
            "a model can do"
        )
    if found.corpus.split == "time":
        told.append(
            "What is held out is the end of the same sessions: nothing is known of other people, "
            "or of another day"
        )
    costs = found.mean("nats")
    best = min(BASELINES, key=lambda name: costs.get(name, np.inf))
    if costs["own"] > costs[best]:
        told.append(
            f"The model foretells held-out tokens worse than a baseline ({best}: {costs[best]:.4f} "
            f"nats, model: {costs['own']:.4f})"
        )
    label = found.labels[0]
    real = found.arrays(label, "covariance")["real"]
    shared = float(np.abs(real[np.triu_indices(len(real), 1)]).mean())
    if shared < ORTHOGONAL:
        told.append(
            "The channels were made orthogonal beforehand: there is hardly any covariance to "
            f"reproduce (mean size {shared:.3f}); look at the envelopes"
        )
    return told
