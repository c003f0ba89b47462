"""Works behind MEG's preprocessing."""

from neuro.io.manifest import Citation
from neuro.preprocess.references import FASTICA, INFOMAX, MNE, MNE_BIDS, PICARD

__all__ = ["MNE", "MNE_BIDS"]

ALGORITHM = {"picard": PICARD, "infomax": INFOMAX, "fastica": FASTICA}
MEG_BIDS = Citation(
    text="Niso G, Gorgolewski KJ, Bock E, et al. (2018). MEG-BIDS, the brain imaging data "
    "structure extended to magnetoencephalography. Scientific Data, 5, 180110.",
    url="https://doi.org/10.1038/sdata.2018.110",
)
SSS = Citation(
    text="Taulu S, Kajola M (2005). Presentation of electromagnetic multichannel data: the signal "
    "space separation method. Journal of Applied Physics, 97(12), 124905.",
    url="https://doi.org/10.1063/1.1935742",
)
TSSS = Citation(
    text="Taulu S, Simola J (2006). Spatiotemporal signal space separation method for rejecting "
    "nearby interference in MEG measurements. Physics in Medicine and Biology, 51(7), 1759-1768.",
    url="https://doi.org/10.1088/0031-9155/51/7/008",
)
SSP = Citation(
    text="Uusitalo MA, Ilmoniemi RJ (1997). Signal-space projection method for separating MEG or "
    "EEG into components. Medical and Biological Engineering and Computing, 35(2), 135-140.",
    url="https://doi.org/10.1007/BF02534144",
)
CTPS = Citation(
    text="Dammers J, Schiek M, Boers F, et al. (2008). Integration of amplitude and phase "
    "statistics for complete artifact removal in independent components of neuromagnetic "
    "recordings. IEEE Transactions on Biomedical Engineering, 55(10), 2353-2362.",
    url="https://doi.org/10.1109/TBME.2008.926677",
)
LCMV = Citation(
    text="Van Veen BD, van Drongelen W, Yuchtman M, Suzuki A (1997). Localization of brain "
    "electrical activity via linearly constrained minimum variance spatial filtering. IEEE "
    "Transactions on Biomedical Engineering, 44(9), 867-880.",
    url="https://doi.org/10.1109/10.623056",
)
BEM = Citation(
    text="Hämäläinen MS, Sarvas J (1989). Realistic conductivity geometry model of the human head "
    "for interpretation of neuromagnetic data. IEEE Transactions on Biomedical Engineering, 36(2), "
    "165-171.",
    url="https://doi.org/10.1109/10.16463",
)
FSAVERAGE = Citation(
    text="Fischl B, Sereno MI, Tootell RBH, Dale AM (1999). High-resolution intersubject averaging "
    "and a coordinate system for the cortical surface. Human Brain Mapping, 8(4), 272-284.",
    url="https://doi.org/10.1002/(SICI)1097-0193(1999)8:4<272::AID-HBM10>3.0.CO;2-4",
)
ORTHOGONAL = Citation(
    text="Colclough GL, Brookes MJ, Smith SM, Woolrich MW (2015). A symmetric multivariate leakage "
    "correction for MEG connectomes. NeuroImage, 117, 439-448.",
    url="https://doi.org/10.1016/j.neuroimage.2015.03.071",
)
SIGNS = Citation(
    text="Vidaurre D, Quinn AJ, Baker AP, Dupret D, Tejero-Cantero A, Woolrich MW (2016). "
    "Spectrally resolved fast transient brain states in electrophysiological data. NeuroImage, "
    "126, 81-95.",
    url="https://doi.org/10.1016/j.neuroimage.2015.11.047",
)
OSL = Citation(
    text="Gohil C, Huang R, Roberts E, et al. (2024). osl-dynamics, a toolbox for modeling fast "
    "dynamic brain activity. eLife, 12, RP91949.",
    url="https://doi.org/10.7554/eLife.91949",
)
