"""What a network expects of its input, and how trials are made to fulfil it.

Each trial is treated by itself and without its label, so this can be done once for all folds. No
high-pass is applied: on trials of a second it would be mostly edge. The slow edge of the band that
a model was trained on is therefore the recording's business, and is stated for the record.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfiltfilt

from neuro.analyses.eegbench.networks.channels import (
    ChannelError,
    electrode_matrix,
    head_positions,
    spread_channels,
)
from neuro.analyses.eegbench.networks.scaling import Reals, Scale, fit_length, rescale
from neuro.analyses.eegbench.trials import Floats, Sensors

F32 = NDArray[np.float32]

TRIM = 0.05
"""Of a patch: so much too long is cut rather than padded to a whole further patch."""


@dataclass(frozen=True)
class InputContract:
    """What a network expects.

    Parameters
    ----------
    sfreq : float or None
        Sampling rate, Hz; None for the recording's, up to the limit.
    band : tuple of float
        Pass-band of the data it was published for, Hz; the upper edge is applied.
    scale : str
        `training`: nothing here, the classifier standardizes with its training trials;
        `tenth_millivolt`: values in 0.1 mV; `zscore`: each channel of a trial to mean 0 and
        standard deviation 1, clipped; `deviation`: a trial divided by its standard deviation over
        channels and time; `percentile`: each channel divided by the 95th percentile of its
        magnitude; `minmax`: a trial to the range from -1 to 1.
    channels : tuple of str or None
        Electrodes; None for any sensors.
    pairs : tuple of tuple of str
        Bipolar derivations of these electrodes, which are then what the network sees.
    silent : int
        Channels of zeros that are appended.
    flexible : bool
        Whether any sensors will do as long as no weights are loaded.
    positions : bool
        Whether it uses where the sensors are.
    multiple, min_times : int
        Samples in a trial: a multiple of this, and at least so many.
    """

    sfreq: float | None = None
    band: tuple[float, float] | None = None
    scale: Scale = "training"
    channels: tuple[str, ...] | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    silent: int = 0
    flexible: bool = False
    positions: bool = False
    multiple: int = 1
    min_times: int = 1


@dataclass(frozen=True)
class Limits:
    """What is done to keep cost within bounds, for all networks alike.

    Parameters
    ----------
    max_channels : int
        Of more, a spread subset is taken.
    max_sfreq : float
        Hz; for networks that take any rate.
    """

    max_channels: int = 32
    max_sfreq: float = 128.0


@dataclass(frozen=True)
class NetworkInput:
    """What a network is built for.

    Parameters
    ----------
    sensors : Sensors
        Channels and rate after the contract.
    n_times : int
        Samples in a trial after the contract.
    n_classes : int
        Classes.
    """

    sensors: Sensors
    n_times: int
    n_classes: int

    @property
    def n_channels(self) -> int:
        """Channels."""
        return len(self.sensors.ch_names)


@dataclass(frozen=True)
class InputPlan:
    """How trials of a task become a network's input.

    Parameters
    ----------
    given, made : Sensors
        Before and after.
    n_given, n_times : int
        Samples in a trial before and after.
    matrix : ndarray, shape (n_made, n_given)
        Channels from channels.
    ratio : Fraction
        New rate over old.
    low_pass : float or None
        Hz.
    scale : str
        As in :class:`InputContract`.
    silent : int
        Channels of zeros at the end.
    """

    given: Sensors
    made: Sensors
    n_given: int
    n_times: int
    matrix: Floats
    ratio: Fraction
    low_pass: float | None
    scale: Scale
    silent: int = 0

    def apply(self, data: Reals) -> F32:
        """Fulfil the contract.

        Parameters
        ----------
        data : ndarray, shape (n_trials, n_channels, n_times)
            Trials as they were when the plan was made.

        Returns
        -------
        ready : ndarray of float32, shape (n_trials, n_made, n_times)
            For the network.

        Raises
        ------
        ValueError
            If the trials have other channels or another length than the plan was made for.
        """
        expected = (len(self.given.ch_names), self.n_given)
        if data.ndim != 3 or data.shape[1:] != expected:
            raise ValueError(
                f"trials have shape {data.shape}, but this network was set up for "
                f"(n_trials, {expected[0]}, {expected[1]})"
            )
        ready = self.matrix.astype(np.float32) @ data.astype(np.float32, copy=False)
        if self.low_pass is not None:
            sections = butter(4, self.low_pass, fs=self.given.sfreq, output="sos")
            ready = sosfiltfilt(sections, ready, axis=-1, padtype="odd")
        if self.ratio != 1:
            ready = resample_poly(
                ready, self.ratio.numerator, self.ratio.denominator, axis=-1, padtype="line"
            )
        ready = rescale(fit_length(ready, self.n_times), self.scale, self.given.unit)
        if self.silent:
            ready = np.pad(ready, ((0, 0), (0, self.silent), (0, 0)))
        return np.ascontiguousarray(ready, np.float32)


def plan_input(
    contract: InputContract,
    sensors: Sensors,
    n_times: int,
    model: str,
    limits: Limits,
    pretrained: bool = False,
) -> InputPlan:
    """Work out how trials are made to fulfil a contract.

    Parameters
    ----------
    contract : InputContract
        What the network expects.
    sensors : Sensors
        Of the trials.
    n_times : int
        Samples in a trial.
    model : str
        Name, for messages.
    limits : Limits
        Of cost.
    pretrained : bool
        Whether weights are loaded: then the contract's electrodes are not negotiable.

    Returns
    -------
    plan : InputPlan
        Ready to apply.

    Raises
    ------
    ChannelError
        If the electrodes cannot be had, or positions are needed and not known.
    """
    matrix, made = _channels(contract, sensors, model, limits, pretrained)
    silent = tuple(f"silent {i}" for i in range(contract.silent))
    sfreq = contract.sfreq or min(sensors.sfreq, limits.max_sfreq)
    ratio = Fraction(sfreq / sensors.sfreq).limit_denominator(500)
    length = -(-n_times * ratio.numerator // ratio.denominator)
    upper = contract.band[1] if contract.band else np.inf
    return InputPlan(
        given=sensors,
        made=replace(
            made,
            sfreq=sensors.sfreq * float(ratio),
            ch_names=made.ch_names + silent,
            ch_types=made.ch_types + ("misc",) * len(silent),
        ),
        n_given=n_times,
        n_times=_length(length, contract),
        matrix=matrix,
        ratio=ratio,
        low_pass=upper if upper < min(sfreq, sensors.sfreq) / 2 else None,
        scale=contract.scale,
        silent=contract.silent,
    )


def _length(length: int, contract: InputContract) -> int:
    whole, rest = divmod(length, contract.multiple)
    if rest and (whole == 0 or rest > TRIM * contract.multiple):
        whole += 1
    least = -(-contract.min_times // contract.multiple)
    return max(whole, least) * contract.multiple


def _channels(
    contract: InputContract, sensors: Sensors, model: str, limits: Limits, pretrained: bool
) -> tuple[Floats, Sensors]:
    if contract.channels:
        try:
            matrix = electrode_matrix(contract.channels, sensors, model)
        except ChannelError:
            if pretrained or not contract.flexible:
                raise
        else:
            return _electrodes(contract, sensors, matrix)
    if contract.positions and sensors.positions is None:
        raise ChannelError(
            f"{model} needs to know where its sensors are, and the {len(sensors.ch_names)} "
            f"channels ({', '.join(sensors.ch_names[:6])}, ...) have no positions. Place them, or "
            f"leave {model} out of this task."
        )
    index = spread_channels(sensors, limits.max_channels)
    made = replace(
        sensors,
        ch_names=tuple(sensors.ch_names[i] for i in index),
        ch_types=tuple(sensors.ch_types[i] for i in index),
        positions=None if sensors.positions is None else sensors.positions[index],
    )
    return np.eye(len(sensors.ch_names))[index], made


def _electrodes(
    contract: InputContract, sensors: Sensors, matrix: Floats
) -> tuple[Floats, Sensors]:
    names = contract.channels or ()
    places = head_positions(names)
    if contract.pairs:
        first, second = ([names.index(pair[side]) for pair in contract.pairs] for side in (0, 1))
        matrix, places = matrix[first] - matrix[second], (places[first] + places[second]) / 2
        names = tuple("-".join(pair) for pair in contract.pairs)
    kinds = ("eeg",) * len(names)
    return matrix, replace(sensors, ch_names=names, ch_types=kinds, positions=places)
