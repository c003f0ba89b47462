"""Works behind the steps."""

from typing import Any

from neuro.io.manifest import Citation

NWB = Citation(
    text="Rübel O, Tritt A, Ly R, et al. (2022). The Neurodata Without Borders ecosystem for "
    "neurophysiological data science. eLife, 11, e78362.",
    url="https://doi.org/10.7554/eLife.78362",
)
SUITE2P = Citation(
    text="Pachitariu M, Stringer C, Dipoppa M, et al. (2017). Suite2p: beyond 10,000 neurons with "
    "standard two-photon microscopy. bioRxiv, 061507.",
    url="https://doi.org/10.1101/061507",
)
CAIMAN = Citation(
    text="Giovannucci A, Friedrich J, Gunn P, et al. (2019). CaImAn an open source tool for "
    "scalable calcium imaging data analysis. eLife, 8, e38173.",
    url="https://doi.org/10.7554/eLife.38173",
)
NEUROPIL = Citation(
    text="Chen TW, Wardill TJ, Sun Y, et al. (2013). Ultrasensitive fluorescent proteins for "
    "imaging neuronal activity. Nature, 499, 295-300.",
    url="https://doi.org/10.1038/nature12354",
)
OASIS = Citation(
    text="Friedrich J, Zhou P, Paninski L (2017). Fast online deconvolution of calcium imaging "
    "data. PLoS Computational Biology, 13(3), e1005423.",
    url="https://doi.org/10.1371/journal.pcbi.1005423",
)
CNMF = Citation(
    text="Pnevmatikakis EA, Soudry D, Gao Y, et al. (2016). Simultaneous denoising, "
    "deconvolution, and demixing of calcium imaging data. Neuron, 89(2), 285-299.",
    url="https://doi.org/10.1016/j.neuron.2015.11.037",
)
NOISE = Citation(
    text="Rupprecht P, Carta S, Hoffmann A, et al. (2021). A database and deep learning toolbox "
    "for noise-optimized, generalized spike inference from calcium imaging. Nature Neuroscience, "
    "24, 1324-1337.",
    url="https://doi.org/10.1038/s41593-021-00895-5",
)
SAVGOL = Citation(
    text="Savitzky A, Golay MJE (1964). Smoothing and differentiation of data by simplified least "
    "squares procedures. Analytical Chemistry, 36(8), 1627-1639.",
    url="https://doi.org/10.1021/ac60214a047",
)
TV = Citation(
    text="Chartrand R (2011). Numerical differentiation of noisy, nonsmooth data. ISRN Applied "
    "Mathematics, 2011, 164564.",
    url="https://doi.org/10.5402/2011/164564",
)

_FORMATS = {"NWB": [NWB], "suite2p": [SUITE2P], "CaImAn": [CAIMAN]}


def of_entry(entry: dict[str, Any]) -> list[Citation]:
    """Works behind one entry of a history."""
    match entry["method"]:
        case "read":
            return _FORMATS.get(entry["found"]["format"], [])
        case "neuropil":
            return [NEUROPIL]
        case "deconvolve":
            return [OASIS, CNMF]
        case "derivative":
            return [SAVGOL if entry["params"]["method"] == "savgol" else TV]
        case "dff":
            return [NOISE]
    return []
