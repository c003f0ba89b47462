"""Signal-space separation (Taulu & Simola, 2006), where it can be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from mne.io.constants import FIFF

from neuro.preprocess.steps.common import Found

if TYPE_CHECKING:
    from neuro.config.meg_steps import Maxwell, Projections

NEUROMAG = {
    FIFF.FIFFV_COIL_VV_PLANAR_W,
    FIFF.FIFFV_COIL_VV_PLANAR_T1,
    FIFF.FIFFV_COIL_VV_PLANAR_T2,
    FIFF.FIFFV_COIL_VV_PLANAR_T3,
    FIFF.FIFFV_COIL_VV_MAG_W,
    FIFF.FIFFV_COIL_VV_MAG_T1,
    FIFF.FIFFV_COIL_VV_MAG_T2,
    FIFF.FIFFV_COIL_VV_MAG_T3,
    FIFF.FIFFV_COIL_NM_122,
}
CENTER = (0.0, 0.0, 0.04)
"""Origin of the expansion in head coordinates where no head shape tells a better one, m."""


def maxwell(raw: mne.io.BaseRaw, params: "Maxwell", rng: np.random.Generator) -> Found:
    """Separate what comes from inside of the helmet, in place; or skip, and tell why.

    Channels marked as bad are reconstructed from the others and no longer bad.
    """
    files = calibration_files(raw, params)
    reason = skip_reason(raw.info, params, files)
    if reason:
        return {"done": False, "reason": reason}
    keywords = keywords_of(raw, params, files)
    filtered = mne.preprocessing.maxwell_filter(raw, **keywords)
    bads = [name for name in raw.info["bads"] if name not in filtered.info["bads"]]
    # A step works in place, the library makes a copy: the recording becomes what came out.
    raw.__dict__.update(filtered.__dict__)
    info = raw.info["proc_history"][-1]["max_info"]["sss_info"]
    return {
        "done": True,
        "reason": "",
        "calibration": _name(files["calibration"]),
        "cross_talk": _name(files["cross_talk"]),
        "st_duration": keywords["st_duration"],
        "origin_m": [round(float(x), 4) for x in info["origin"]],
        "n_moments": int(info["nfree"]),
        "reconstructed": bads,
    }


def projections(raw: mne.io.BaseRaw, params: "Projections", rng: np.random.Generator) -> Found:
    """Apply the projections stored in the file, if there are any."""
    names = [str(proj["desc"]) for proj in raw.info["projs"] if not proj["active"]]
    if names:
        raw.apply_proj()
    return {"applied": names}


def skip_reason(info: mne.Info, params: "Maxwell", files: dict[str, Path | None]) -> str:
    """Why the filter is not used; '' if it is.

    Parameters
    ----------
    info : mne.Info
        The recording's header.
    params : Maxwell
        What is asked for.
    files : dict of str to Path | None
        From :func:`calibration_files`.
    """
    picks = mne.pick_types(info, meg=True, ref_meg=False, exclude=[])
    if any(entry.get("max_info", {}).get("sss_info") for entry in info["proc_history"]):
        return "the recording has been through signal-space separation already"
    if any(int(info["chs"][i]["coil_type"]) not in NEUROMAG for i in picks):
        return "the recording is not from a Neuromag, Elekta or MEGIN system"
    if not has_head_position(info):
        return "the recording has no head position"
    lacking = [key.replace("_", "-") for key, path in files.items() if path is None]
    if lacking and not params.uncalibrated:
        return f"no {' and no '.join(lacking)} file of the system was given or found beside it"
    return ""


def has_head_position(info: mne.Info) -> bool:
    """Whether it is known where the head was in the helmet."""
    trans = info["dev_head_t"]
    return trans is not None and not np.allclose(trans["trans"], np.eye(4))


def calibration_files(raw: mne.io.BaseRaw, params: "Maxwell") -> dict[str, Path | None]:
    """Files of the system: those given, or those that BIDS keeps beside the recording.

    Raises
    ------
    FileNotFoundError
        If a given file is not there.
    """
    found: dict[str, Path | None] = {}
    name = raw.filenames[0] if raw.filenames else None
    folder = None if name is None else Path(name).parent
    for key, pattern in (
        ("calibration", "*_acq-calibration_meg.dat"),
        ("cross_talk", "*_acq-crosstalk_meg.fif"),
    ):
        given = getattr(params, key)
        if given is not None and not Path(given).expanduser().is_file():
            raise FileNotFoundError(f"{key}: {given}: no such file; give its path or null")
        beside = [] if folder is None else sorted(folder.glob(pattern))
        found[key] = Path(given).expanduser() if given else beside[0] if beside else None
    return found


def keywords_of(
    raw: mne.io.BaseRaw, params: "Maxwell", files: dict[str, Path | None]
) -> dict[str, Any]:
    """Keywords of :func:`mne.preprocessing.maxwell_filter`."""
    duration = params.st_duration
    if duration is not None:
        duration = min(duration, float(raw.n_times / raw.info["sfreq"]))
    return {
        "origin": "auto" if _has_shape(raw.info) else CENTER,
        "int_order": params.int_order,
        "ext_order": params.ext_order,
        "calibration": files["calibration"],
        "cross_talk": files["cross_talk"],
        "st_duration": duration,
        "st_correlation": params.st_correlation,
        "coord_frame": "head",
    }


def _has_shape(info: mne.Info) -> bool:
    extra = [
        point
        for point in info["dig"] or []
        if point["kind"] in (FIFF.FIFFV_POINT_EXTRA, FIFF.FIFFV_POINT_EEG)
    ]
    return len(extra) >= 10


def _name(path: Path | None) -> str:
    return "" if path is None else path.name
