"""The methods section, from what was really done, and the works behind it."""

from typing import Any

from neuro.io.manifest import Citation
from neuro.preprocess.fmri.findings import Found

_MOTION = {"basic": 6, "power2": 12, "derivatives": 12, "full": 24}


def paragraphs(found: Found) -> list[str]:
    """Describe how a recording was cleaned; the same for recordings that were treated alike."""
    texts = [_read(found)]
    if found.read["kind"] == "raw":
        texts.append(_light(found))
    texts.append(_cleaned(found))
    if found.n_voxels and found.params.maps.kinds:
        texts.append(_maps(found))
    if found.series.names:
        texts.append(_parcels(found))
    return texts


def _read(found: Found) -> str:
    read = found.read
    if read["kind"] == "timeseries":
        return (
            f"Time courses of {read['n_parcels']} parcels with a repetition time of "
            f"{read['tr_s']:g} s were read as their authors stored them."
        )
    zooms = " × ".join(f"{zoom:g}" for zoom in read["zooms_mm"])
    what = "Raw" if read["kind"] == "raw" else "Preprocessed"
    space = f" in space {read['space']}" if read["space"] else ""
    return (
        f"{what} volumes{space} with a repetition time of {read['tr_s']:g} s and voxels of {zooms} "
        "mm were read with nibabel, one after the other."
    )


def _light(found: Found) -> str:
    parts = []
    for entry in found.history:
        params = entry["params"]
        match entry["method"]:
            case "slice_timing":
                parts.append(
                    "slices were brought to one time within the volume "
                    f"({params['reference']:g} of the repetition time) by cubic splines, after "
                    "motion had been found"
                )
            case "realign":
                parts.append(
                    f"volumes were realigned to the {params['reference']} volume by six "
                    f"rigid-body parameters (least squares, smoothed by {params['fwhm']:g} mm)"
                )
            case "coregister":
                parts.append(
                    f"their mean was brought to the T1w image by a {params['dof']} "
                    "transformation (mutual information, dipy)"
                )
            case "normalize":
                warp = " and a diffeomorphic one (SyN)" if params["syn"] else ""
                parts.append(
                    f"the T1w image to the MNI152 template by an affine transformation{warp} "
                    f"(dipy), at {params['resolution']:g} mm"
                )
    return (
        f"Light chain: {'; '.join(parts)}. All transformations were joined and the values "
        "interpolated once (cubic splines)."
    )


def _cleaned(found: Found) -> str:
    params = found.params
    steps = []
    if params.discard:
        steps.append(f"the first {params.discard} volumes were left out")
    if params.scrub is not None:
        steps.append(
            f"volumes with a framewise displacement above {params.scrub.fd:g} mm were left out, "
            f"with {params.scrub.before} before and {params.scrub.after} after each, and so were "
            f"stretches of fewer than {params.scrub.min_segment} volumes between them"
        )
    if params.smoothing is not None and found.n_voxels:
        steps.append(f"volumes were smoothed by a Gaussian of {params.smoothing:g} mm FWHM")
    if params.clean.detrend:
        steps.append("a linear trend was removed")
    if params.clean.high_pass or params.clean.low_pass:
        steps.append(f"a Butterworth filter kept {_band(params.clean)}")
    if (entry := found.step("confounds")) is not None:
        steps.append(_regressed(entry))
    scaling = {
        "zscore": "time courses were z-scored",
        "psc": "time courses were expressed in percent of their mean",
        None: "time courses kept the scanner's units",
    }
    steps.append(scaling[params.clean.standardize])
    return f"Each run by itself, with nilearn: {'; '.join(steps)}."


def _band(clean: Any) -> str:
    if clean.high_pass and clean.low_pass:
        return f"{clean.high_pass:g} to {clean.low_pass:g} Hz"
    if clean.high_pass:
        return f"frequencies above {clean.high_pass:g} Hz"
    return f"frequencies below {clean.low_pass:g} Hz"


def _regressed(entry: dict[str, Any]) -> str:
    params, n = entry["params"], len(entry["found"]["names"])
    if params["columns"]:
        return f"{n} named confounds were regressed out"
    groups = [
        f"{_MOTION[params['motion']]} of head motion" if name == "motion" else name
        for name in params["strategy"]
    ]
    return f"{n} confounds were regressed out ({', '.join(groups)}), filtered like the signals"


def _maps(found: Found) -> str:
    low, high = found.params.maps.band
    told = {
        "alff": f"the amplitude of low-frequency fluctuations from {low:g} to {high:g} Hz (ALFF)",
        "falff": "its share of the amplitude of all frequencies (fALFF)",
        "reho": "regional homogeneity, Kendall's W of a voxel and its direct neighbours (ReHo)",
    }
    parts = [told[kind] for kind in told if kind in found.params.maps.kinds]
    return f"Maps of local activity: {'; '.join(parts)}."


def _parcels(found: Found) -> str:
    text = ""
    if found.params.parcels is not None and found.n_voxels:
        text = (
            f"Clean voxels were averaged over the parcels of {found.series.where}; parcels "
            f"with less than {found.params.parcels.min_share:g} of their volume in the mask are "
            "missing. "
        )
    kinds = [
        "partial correlation" if kind == "partial" else kind
        for kind in found.params.connectivity.kinds
        if kind != "tangent"
    ]
    estimator = {
        "ledoit_wolf": "shrunk after Ledoit and Wolf",
        "empirical": "empirical",
    }[found.params.connectivity.estimator]
    text += f"Functional connectivity: {', '.join(kinds) or 'none'} (covariance {estimator})."
    if found.coupling is not None:
        text += (
            " It was compared with the structural connectome over all pairs of parcels: Pearson "
            "correlation of log(1 + streamlines), mean of both directions, and functional "
            "correlation."
        )
    return text


def _cite(text: str, doi: str) -> Citation:
    return Citation(text=text, url=f"https://doi.org/{doi}")


NILEARN = _cite(
    "Abraham A, Pedregosa F, Eickenberg M, et al. (2014). Machine learning for neuroimaging with "
    "scikit-learn. Frontiers in Neuroinformatics, 8, 14.",
    "10.3389/fninf.2014.00014",
)
FMRIPREP = _cite(
    "Esteban O, Markiewicz CJ, Blair RW, et al. (2019). fMRIPrep: a robust preprocessing pipeline "
    "for functional MRI. Nature Methods, 16, 111-116.",
    "10.1038/s41592-018-0235-4",
)
LINDQUIST = _cite(
    "Lindquist MA, Geuter S, Wager TD, Caffo BS (2019). Modular preprocessing pipelines can "
    "reintroduce artifacts into fMRI data. Human Brain Mapping, 40(8), 2358-2376.",
    "10.1002/hbm.24528",
)
POWER = _cite(
    "Power JD, Barnes KA, Snyder AZ, Schlaggar BL, Petersen SE (2012). Spurious but systematic "
    "correlations in functional connectivity MRI networks arise from subject motion. NeuroImage, "
    "59(3), 2142-2154.",
    "10.1016/j.neuroimage.2011.10.018",
)
CARPET = _cite(
    "Power JD (2017). A simple but useful way to assess fMRI scan qualities. NeuroImage, 154, "
    "150-158.",
    "10.1016/j.neuroimage.2016.08.009",
)
FRISTON = _cite(
    "Friston KJ, Ashburner J, Frith CD, Poline JB, Heather JD, Frackowiak RSJ (1995). Spatial "
    "registration and normalization of images. Human Brain Mapping, 3(3), 165-189.",
    "10.1002/hbm.460030303",
)
DIPY = _cite(
    "Garyfallidis E, Brett M, Amirbekian B, et al. (2014). Dipy, a library for the analysis of "
    "diffusion MRI data. Frontiers in Neuroinformatics, 8, 8.",
    "10.3389/fninf.2014.00008",
)
MNI152 = _cite(
    "Fonov V, Evans AC, Botteron K, Almli CR, McKinstry RC, Collins DL (2011). Unbiased average "
    "age-appropriate atlases for pediatric studies. NeuroImage, 54(1), 313-327.",
    "10.1016/j.neuroimage.2010.07.033",
)
SYN = _cite(
    "Avants BB, Epstein CL, Grossman M, Gee JC (2008). Symmetric diffeomorphic image registration "
    "with cross-correlation. Medical Image Analysis, 12(1), 26-41.",
    "10.1016/j.media.2007.06.004",
)
ALFF = _cite(
    "Zang YF, He Y, Zhu CZ, et al. (2007). Altered baseline brain activity in children with ADHD "
    "revealed by resting-state functional MRI. Brain and Development, 29(2), 83-91.",
    "10.1016/j.braindev.2006.07.002",
)
FALFF = _cite(
    "Zou QH, Zhu CZ, Yang Y, et al. (2008). An improved approach to detection of amplitude of "
    "low-frequency fluctuation (ALFF) for resting-state fMRI: fractional ALFF. Journal of "
    "Neuroscience Methods, 172(1), 137-141.",
    "10.1016/j.jneumeth.2008.04.012",
)
REHO = _cite(
    "Zang Y, Jiang T, Lu Y, He Y, Tian L (2004). Regional homogeneity approach to fMRI data "
    "analysis. NeuroImage, 22(1), 394-400.",
    "10.1016/j.neuroimage.2003.12.030",
)
LEDOIT = _cite(
    "Ledoit O, Wolf M (2004). A well-conditioned estimator for large-dimensional covariance "
    "matrices. Journal of Multivariate Analysis, 88(2), 365-411.",
    "10.1016/S0047-259X(03)00096-4",
)
TANGENT = _cite(
    "Varoquaux G, Baronnet F, Kleinschmidt A, Fillard P, Thirion B (2010). Detection of brain "
    "functional-connectivity difference in post-stroke patients using group-level covariance "
    "modeling. MICCAI 2010, 200-208.",
    "10.1007/978-3-642-15705-9_25",
)


def citations(found: Found) -> list[Citation]:
    """Works behind what was done."""
    params, methods = found.params, {entry["method"] for entry in found.history}
    cited = [NILEARN]
    if found.read["space"] and found.values("motion") is not None:
        cited.append(FMRIPREP)
    if params.confounds is not None or params.clean.high_pass or params.clean.low_pass:
        cited.append(LINDQUIST)
    if found.values("fd") is not None:
        cited.append(POWER)
    cited.append(CARPET)
    cited += [FRISTON] if "realign" in methods else []
    cited += [DIPY] if "coregister" in methods else []
    cited += [MNI152] if "normalize" in methods else []
    if any(step.normalize is not None and step.normalize.syn for step in params.chain):
        cited.append(SYN)
    if found.n_voxels:
        kinds = {"alff": ALFF, "falff": FALFF, "reho": REHO}
        cited += [kinds[kind] for kind in params.maps.kinds]
    if found.matrices and params.connectivity.estimator == "ledoit_wolf":
        cited.append(LEDOIT)
    return list(dict.fromkeys(cited))
