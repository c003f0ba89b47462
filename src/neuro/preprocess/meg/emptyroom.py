"""Covariance of the sensors' noise from a recording of the empty room."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.io.atomic import read_json
from neuro.io.bids import Recording
from neuro.preprocess.meg.beamformer import data_covariance
from neuro.preprocess.meg.maxwell import calibration_files, keywords_of
from neuro.preprocess.meg.reading import open_meg

if TYPE_CHECKING:
    from neuro.config.meg import MEGPreprocess

Floats = NDArray[np.float64]


def empty_room_covariance(
    raw: mne.io.BaseRaw,
    root: str | Path,
    recording: Recording,
    history: list[dict[str, Any]],
    params: "MEGPreprocess",
) -> Floats:
    """Covariance over the channels of a cleaned recording.

    The empty room goes through the same signal-space separation, or the same stored projections,
    and the beamformer's band-pass; not through resampling, bad segments and components.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The cleaned recording, its good MEG channels.
    root : str | Path
        The BIDS tree.
    recording : Recording
        The recording, whose `meg.json` names the empty room.
    history : list of dict
        What was done with the recording.
    params : MEGPreprocess
        The chain and the band.

    Raises
    ------
    ValueError
        If no empty room is named, or it lacks channels.
    FileNotFoundError
        If it is not there.
    """
    room, where = open_meg(root, Recording.from_path(_named(Path(root), recording)))
    if lacking := sorted(set(raw.ch_names) - set(room.ch_names)):
        raise ValueError(f"{where}: the empty room lacks channel(s) {', '.join(lacking[:10])}")
    room.load_data()
    done = {entry["method"]: entry["found"] for entry in history}
    separated = done.get("maxwell", {}).get("done", False)
    if separated:
        step = next(step.maxwell for step in params.chain if step.maxwell is not None)
        before, _ = open_meg(root, recording)
        prepared = mne.preprocessing.maxwell_filter_prepare_emptyroom(
            room, raw=before, bads="from_raw", annotations="keep", meas_date="keep"
        )
        keywords = keywords_of(prepared, step, calibration_files(before, step))
        room = mne.preprocessing.maxwell_filter(prepared, **keywords)
    else:
        room.del_proj()
        room.add_proj(raw.info["projs"], remove_existing=True).apply_proj()
    room.pick(raw.ch_names)
    band = params.source.beamformer
    room.filter(band.l_freq, band.h_freq)
    return data_covariance(room)


def _named(root: Path, recording: Recording) -> str:
    """Path of the empty room below the tree's root."""
    sidecar = root / f"{recording.path.rsplit('_meg.', 1)[0]}_meg.json"
    given = read_json(sidecar).get("AssociatedEmptyRoom") if sidecar.is_file() else None
    if not given:
        raise ValueError(
            f"{sidecar}: names no AssociatedEmptyRoom, which preprocess.source.noise.method: "
            "emptyroom asks for. Add it, or take diagonal or baseline"
        )
    path = str(given[0] if isinstance(given, list) else given)
    return path.removeprefix("bids::").lstrip("/")
