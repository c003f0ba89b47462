"""Works behind the methods, by what uses them."""

from typing import Any

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

PREP = Citation(
    text="Bigdely-Shamlo N, Mullen T, Kothe C, Su KM, Robbins KA (2015). The PREP pipeline: "
    "standardized preprocessing for large-scale EEG analysis. Frontiers in Neuroinformatics, 9, "
    "16.",
    url="https://doi.org/10.3389/fninf.2015.00016",
)
EEG_IP_L = Citation(
    text="Desjardins JA, van Noordt S, Huberty S, Segalowitz SJ, Elsabbagh M (2021). EEG "
    "Integrated Platform Lossless (EEG-IP-L) pre-processing pipeline for objective signal quality "
    "assessment incorporating data annotation and blind source separation. Journal of Neuroscience "
    "Methods, 347, 108961.",
    url="https://doi.org/10.1016/j.jneumeth.2020.108961",
)
ZAPLINE = Citation(
    text="de Cheveigné A (2020). ZapLine: a simple and effective method to remove power line "
    "artifacts. NeuroImage, 207, 116356.",
    url="https://doi.org/10.1016/j.neuroimage.2019.116356",
)
GESD = Citation(
    text="Rosner B (1983). Percentage points for a generalized ESD many-outlier procedure. "
    "Technometrics, 25(2), 165-172.",
    url="https://doi.org/10.1080/00401706.1983.10487848",
)
MUSCLE = Citation(
    text="Muthukumaraswamy SD (2013). High-frequency brain activity and muscle artifacts in "
    "MEG/EEG: a review and recommendations. Frontiers in Human Neuroscience, 7, 138.",
    url="https://doi.org/10.3389/fnhum.2013.00138",
)
PICARD = Citation(
    text="Ablin P, Cardoso JF, Gramfort A (2018). Faster independent component analysis by "
    "preconditioning with Hessian approximations. IEEE Transactions on Signal Processing, 66(15), "
    "4040-4049.",
    url="https://doi.org/10.1109/TSP.2018.2844203",
)
INFOMAX = Citation(
    text="Lee TW, Girolami M, Sejnowski TJ (1999). Independent component analysis using an "
    "extended infomax algorithm for mixed subgaussian and supergaussian sources. Neural "
    "Computation, 11(2), 417-441.",
    url="https://doi.org/10.1162/089976699300016719",
)
FASTICA = Citation(
    text="Hyvärinen A (1999). Fast and robust fixed-point algorithms for independent component "
    "analysis. IEEE Transactions on Neural Networks, 10(3), 626-634.",
    url="https://doi.org/10.1109/72.761722",
)
ICLABEL = Citation(
    text="Pion-Tonachini L, Kreutz-Delgado K, Makeig S (2019). ICLabel: an automated "
    "electroencephalographic independent component classifier, dataset, and website. NeuroImage, "
    "198, 181-197.",
    url="https://doi.org/10.1016/j.neuroimage.2019.05.026",
)
MNE_ICALABEL = Citation(
    text="Li A, Feitelberg J, Saini AP, Höchenberger R, Scheltienne M (2022). MNE-ICALabel: "
    "automatically annotating ICA components with ICLabel in Python. Journal of Open Source "
    "Software, 7(76), 4484.",
    url="https://doi.org/10.21105/joss.04484",
)
REST = Citation(
    text="Yao D (2001). A method to standardize a reference of scalp EEG recordings to a point at "
    "infinity. Physiological Measurement, 22(4), 693-711.",
    url="https://doi.org/10.1088/0967-3334/22/4/305",
)
AUTOREJECT = Citation(
    text="Jas M, Engemann DA, Bekhti Y, Raimondo F, Gramfort A (2017). Autoreject: automated "
    "artifact rejection for MEG and EEG data. NeuroImage, 159, 417-429.",
    url="https://doi.org/10.1016/j.neuroimage.2017.06.030",
)

_ALGORITHM = {"picard": PICARD, "infomax": INFOMAX, "fastica": FASTICA}


def of_entry(entry: dict[str, Any]) -> list[Citation]:
    """Works behind one entry of a history."""
    params = entry["params"]
    match entry["method"]:
        case "bad_channels":
            methods = set(params["methods"])
            cited = [LOF, LOF_EEG] if "lof" in methods else []
            cited += [PREP] if methods & {"deviation", "hf_noise", "correlation", "ransac"} else []
            return cited + ([EEG_IP_L] if "neighbors" in methods else [])
        case "bad_segments":
            cited = [GESD] if params["gesd_alpha"] is not None else []
            return cited + ([MUSCLE] if params["muscle_z"] is not None else [])
        case "ica":
            cited = [_ALGORITHM[params["method"]]]
            return cited + ([ICLABEL, MNE_ICALABEL] if params["iclabel"] is not None else [])
        case "line_noise" if params["method"] == "zapline":
            return [ZAPLINE]
        case "reference" if params["channels"] == "REST":
            return [REST]
        case "epochs" if params.get("autoreject") is not None:
            return [AUTOREJECT]
        case "interpolate" | "csd":
            return [SPLINES]
    return []
