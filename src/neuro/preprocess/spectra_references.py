"""Works behind spectra, connectivity and microstates."""

from neuro.io.manifest import Citation
from neuro.preprocess.references import MNE

__all__ = ["MNE"]

WELCH = Citation(
    text="Welch PD (1967). The use of fast Fourier transform for the estimation of power spectra. "
    "IEEE Transactions on Audio and Electroacoustics, 15(2), 70-73.",
    url="https://doi.org/10.1109/TAU.1967.1161901",
)
THOMSON = Citation(
    text="Thomson DJ (1982). Spectrum estimation and harmonic analysis. Proceedings of the IEEE, "
    "70(9), 1055-1096.",
    url="https://doi.org/10.1109/PROC.1982.12433",
)
JACKKNIFE = Citation(
    text="Thomson DJ, Chave AD (1991). Jackknifed error estimates for spectra, coherences, and "
    "transfer functions. In: Haykin S (ed), Advances in Spectrum Analysis and Array Processing, "
    "vol. 1, 58-113. Prentice Hall.",
)
BLOCKS = Citation(
    text="Künsch HR (1989). The jackknife and the bootstrap for general stationary observations. "
    "Annals of Statistics, 17(3), 1217-1241.",
    url="https://doi.org/10.1214/aos/1176347265",
)
SPECPARAM = Citation(
    text="Donoghue T, Haller M, Peterson EJ, et al. (2020). Parameterizing neural power spectra "
    "into periodic and aperiodic components. Nature Neuroscience, 23, 1655-1665.",
    url="https://doi.org/10.1038/s41593-020-00744-x",
)
MNE_CONNECTIVITY = Citation(
    text="Li A, Larson E, Binns TS, et al. MNE-Connectivity: connectivity algorithms that build on "
    "MNE-Python. Software.",
    url="https://mne.tools/mne-connectivity",
)
MAXIMUM = Citation(
    text="Nichols TE, Holmes AP (2002). Nonparametric permutation tests for functional "
    "neuroimaging: a primer with examples. Human Brain Mapping, 15(1), 1-25.",
    url="https://doi.org/10.1002/hbm.1058",
)
OF_METHOD = {
    "wpli": Citation(
        text="Vinck M, Oostenveld R, van Wingerden M, Battaglia F, Pennartz CMA (2011). An "
        "improved index of phase-synchronization for electrophysiological data in the presence "
        "of volume-conduction, noise and sample-size bias. NeuroImage, 55(4), 1548-1565.",
        url="https://doi.org/10.1016/j.neuroimage.2011.01.055",
    ),
    "imcoh": Citation(
        text="Nolte G, Bai O, Wheaton L, Mari Z, Vorbach S, Hallett M (2004). Identifying true "
        "brain interaction from EEG data using the imaginary part of coherency. Clinical "
        "Neurophysiology, 115(10), 2292-2307.",
        url="https://doi.org/10.1016/j.clinph.2004.04.029",
    ),
    "aec": Citation(
        text="Hipp JF, Hawellek DJ, Corbetta M, Siegel M, Engel AK (2012). Large-scale cortical "
        "correlation structure of spontaneous oscillatory activity. Nature Neuroscience, 15, "
        "884-890.",
        url="https://doi.org/10.1038/nn.3101",
    ),
}
GHOSTS = Citation(
    text="Palva JM, Wang SH, Palva S, et al. (2018). Ghost interactions in MEG/EEG source space: "
    "a note of caution on inter-areal coupling measures. NeuroImage, 173, 632-643.",
    url="https://doi.org/10.1016/j.neuroimage.2018.02.032",
)
MICROSTATES = Citation(
    text="Pascual-Marqui RD, Michel CM, Lehmann D (1995). Segmentation of brain electrical "
    "activity into microstates: model estimation and validation. IEEE Transactions on Biomedical "
    "Engineering, 42(7), 658-665.",
    url="https://doi.org/10.1109/10.391164",
)
PYCROSTATES = Citation(
    text="Férat V, Scheltienne M, Brunet D, Ros T, Michel C (2022). Pycrostates: a Python library "
    "to study EEG microstates. Journal of Open Source Software, 7(78), 4564.",
    url="https://doi.org/10.21105/joss.04564",
)
