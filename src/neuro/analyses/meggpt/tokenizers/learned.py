"""The learned tokenizer (Huang et al. 2025): each token is a short waveform.

A recurrent encoder reads a channel sample by sample and says which of its tokens each sample is;
the signal is the sum of the tokens' filters, laid where the tokens are. A channel is read as one
stream from beginning to end, so that where it is cut into pieces changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokenizer, Tokens
from neuro.analyses.meggpt.tokenizers.filters import lay, refit
from neuro.analyses.meggpt.tokenizers.learning import Course, Recipe, learn
from neuro.analyses.meggpt.tokenizers.network import Network, Padding, collapse

CHUNK = 256
"""Samples per channel that are encoded at a time."""


class Learned(Tokenizer):
    """Tokens that a network has learned.

    Parameters
    ----------
    sfreq : float
        Sampling rate, in hertz.
    n_tokens, n_units, width : int
        Tokens to begin with, recurrent units, and length of a token's filter in samples.
    padding : {"same", "causal"}
        Whether a filter reaches to both sides of its sample, or only onwards from it.
    least_squares : bool
        Whether the filters are the best ones for the hard tokens in the end; the published
        recipe leaves them as gradient descent found them.
    recipe : Recipe
        How it is trained.
    """

    kind = "learned"

    def __init__(
        self,
        sfreq: float,
        n_tokens: int = 128,
        n_units: int = 128,
        width: int = 10,
        padding: Padding = "same",
        least_squares: bool = True,
        recipe: Recipe | Mapping[str, Any] = Recipe(),  # noqa: B008 (it is frozen)
    ) -> None:
        super().__init__(sfreq)
        self.recipe = recipe if isinstance(recipe, Recipe) else Recipe(**recipe)
        self.shape = {"n_tokens": n_tokens, "n_units": n_units, "width": width}
        self.padding, self.least_squares = padding, least_squares
        self.network = Network(n_tokens, n_units, width, padding)
        self.labels = np.zeros(0, dtype=np.uint16)
        self.filters = np.zeros((0, width), dtype=np.float32)
        self.offset = 0.0
        self.courses: list[Course] = []

    @property
    def values(self) -> NDArray[np.float64]:
        """Height of each token's filter at its own sample."""
        self._require_size()
        found: NDArray[np.float64] = self.filters[:, self.network.ahead].astype(np.float64)
        return found

    def stream(
        self, data: Signals, state: torch.Tensor | None = None
    ) -> tuple[Tokens, torch.Tensor]:
        """Tokens of a piece of a recording, and the state with which the next piece goes on.

        Parameters
        ----------
        data : ndarray, shape (n_channels, n_times)
            Signals that follow those read so far.
        state : Tensor | None, shape (n_channels, n_units)
            State that the piece before gave; None for the first.

        Returns
        -------
        tokens : ndarray, shape (n_channels, n_times)
            The same as if the whole had been read at once.
        state : Tensor
            State at the end.
        """
        tokens = np.empty(data.shape, dtype=np.uint16)
        with torch.no_grad():
            for begin in range(0, data.shape[1], CHUNK):
                piece = torch.from_numpy(np.ascontiguousarray(data[:, begin : begin + CHUNK]))
                scores, state = self.network.score(piece, state)
                tokens[:, begin : begin + CHUNK] = scores.argmax(-1).T.numpy()
        if state is None:
            raise ValueError("data: there is no sample")
        return self.labels[tokens], state

    def load_published(self, path: str | Path) -> None:
        """Take the weights of the authors' released tokenizer; :meth:`refactor` it afterwards.

        Parameters
        ----------
        path : str | Path
            Their `model_state.pt`; read as numbers only, whatever else it may hold.

        Raises
        ------
        ValueError
            If it is not such a file, or of other sizes.
        """
        theirs = torch.load(path, map_location="cpu", weights_only=True)
        missing = [key for key in PUBLISHED if key not in theirs]
        if missing:
            raise ValueError(f"{path}: expected a released tokenizer. It has no {missing[0]!r}.")
        decoder = "decoder_layer.token_basis_layer."
        filters, offset = collapse(theirs[decoder + "weight"], theirs[decoder + "bias"])
        state = {ours: theirs[name] for name, ours in PUBLISHED.items() if ours}
        try:
            self.network.load_state_dict({**state, "filters": filters, "offset": offset})
        except RuntimeError as error:
            raise ValueError(f"{path}: sizes differ from this tokenizer's ({error})") from error

    def refactor(self, sessions: Sequence[Signals]) -> None:
        """Number the tokens that occur by how often they do, from 1; 0 is any that never did."""
        raw = len(self.network.filters)
        self.labels = np.arange(raw, dtype=np.uint16)
        streamed = [self.stream(each)[0] for each in sessions]
        counts = np.zeros(raw, dtype=np.int64)
        for each in streamed:
            counts += np.bincount(each.ravel(), minlength=raw)
        order = np.argsort(-counts, kind="stable")
        used = order[: int((counts > 0).sum())]
        unused = order[len(used) :]
        self.labels = np.zeros(raw, dtype=np.uint16)
        self.labels[used] = np.arange(1, len(used) + 1)
        own = self.network.filters.detach().numpy()
        spare = own[unused[:1]] if len(unused) else np.zeros_like(own[:1])
        self.filters = np.concatenate([spare, own[used]])
        self.offset = float(self.network.offset.detach())
        self.counts = np.concatenate([[0], counts[used]])
        if self.least_squares:
            tokens = [self.labels[each] for each in streamed]
            ahead = self.network.ahead
            self.filters, self.offset = refit(sessions, tokens, self.filters, ahead)

    def _fit(self, sessions: Sequence[Signals], rng: np.random.Generator) -> None:
        self.courses = learn(self.network, sessions, self.recipe, rng)
        self.refactor(sessions)

    def tracer(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How tokens decode causally: filters of tokens, weights of earlier decoded samples."""
        return self.filters[:, self.network.ahead :].astype(np.float64), np.zeros(0)

    def _encode(self, data: Signals) -> Tokens:
        return self.stream(data)[0]

    def _decode(self, tokens: Tokens) -> Signals:
        out = np.empty(tokens.shape, dtype=np.float32)
        lay(tokens, self.filters, self.offset, self.network.ahead, out)
        return out

    def _size(self) -> int:
        return len(self.filters)

    def _params(self) -> dict[str, Any]:
        chosen = {"padding": self.padding, "least_squares": self.least_squares}
        return {"sfreq": self.sfreq, **self.shape, **chosen, "recipe": asdict(self.recipe)}

    def _arrays(self) -> dict[str, NDArray[Any]]:
        network = {f"network.{k}": v.numpy() for k, v in self.network.state_dict().items()}
        offset = np.array(self.offset)
        return {**network, "labels": self.labels, "decoder": self.filters, "offset": offset}

    def _restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        own = {k.removeprefix("network."): v for k, v in arrays.items() if k.startswith("network.")}
        self.network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in own.items()})
        self.labels, self.filters = arrays["labels"], arrays["decoder"]
        self.offset = float(arrays["offset"])


PUBLISHED = {
    **{
        f"encoder_layer.rnn_layers.0.{name}_l0": f"encoder.{name}"
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    },
    "token_weights_layer.dense_layer.weight": "scores.weight",
    "token_weights_layer.dense_layer.bias": "scores.bias",
    "token_weights_layer.norm_layer.weight": "norm.weight",
    "token_weights_layer.norm_layer.bias": "norm.bias",
    "decoder_layer.token_basis_layer.weight": "",
    "decoder_layer.token_basis_layer.bias": "",
}
"""Names of the released weights, and ours; the decoder's are collapsed."""
