"""Works behind the methods, by what uses them."""

from neuro.io.manifest import Citation

MNE = Citation(
    text="Gramfort A, Luessi M, Larson E, et al. (2013). MEG and EEG data analysis with "
    "MNE-Python. Frontiers in Neuroscience, 7, 267.",
    url="https://doi.org/10.3389/fnins.2013.00267",
)
MNE_BIDS = Citation(
    text="Appelhoff S, Sanderson M, Brooks TL, et al. (2019). MNE-BIDS: Organizing "
    "electrophysiological data into the BIDS format and facilitating their analysis. Journal of "
    "Open Source Software, 4(44), 1896.",
    url="https://doi.org/10.21105/joss.01896",
)
EEG_BIDS = Citation(
    text="Pernet CR, Appelhoff S, Gorgolewski KJ, et al. (2019). EEG-BIDS, an extension to the "
    "brain imaging data structure for electroencephalography. Scientific Data, 6, 103.",
    url="https://doi.org/10.1038/s41597-019-0104-8",
)
LOF = Citation(
    text="Breunig MM, Kriegel HP, Ng RT, Sander J (2000). LOF: identifying density-based local "
    "outliers. ACM SIGMOD Record, 29(2), 93-104.",
    url="https://doi.org/10.1145/335191.335388",
)
LOF_EEG = Citation(
    text="Kumaravel VP, Buiatti M, Parise E, Farella E (2022). Adaptable and robust EEG bad "
    "channel detection using local outlier factor (LOF). Sensors, 22(19), 7314.",
    url="https://doi.org/10.3390/s22197314",
)
SPLINES = Citation(
    text="Perrin F, Pernier J, Bertrand O, Echallier JF (1989). Spherical splines for scalp "
    "potential and current density mapping. Electroencephalography and Clinical Neurophysiology, "
    "72(2), 184-187.",
    url="https://doi.org/10.1016/0013-4694(89)90180-6",
)
CLUSTERS = Citation(
    text="Maris E, Oostenveld R (2007). Nonparametric statistical testing of EEG- and MEG-data. "
    "Journal of Neuroscience Methods, 164(1), 177-190.",
    url="https://doi.org/10.1016/j.jneumeth.2007.03.024",
)
BOOTSTRAP = Citation(
    text="Efron B, Tibshirani RJ (1993). An introduction to the bootstrap. Chapman & Hall.",
    url="https://doi.org/10.1201/9780429246593",
)
WELCH = Citation(
    text="Welch BL (1947). The generalization of 'Student's' problem when several different "
    "population variances are involved. Biometrika, 34(1-2), 28-35.",
    url="https://doi.org/10.1093/biomet/34.1-2.28",
)

OF_STEP = {"bad_channels": (LOF, LOF_EEG), "interpolate": (SPLINES,)}
"""Works behind a step of the chain."""
