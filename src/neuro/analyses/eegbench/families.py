"""Families of methods, and where they are; light, for it is read before anything runs."""

CLASSICAL = "neuro.analyses.eegbench.classical.methods"
NETWORKS = "neuro.analyses.eegbench.networks.methods"
MODULES = {
    "classical": CLASSICAL,
    "specialist": NETWORKS,
    "foundation": NETWORKS,
}
"""Module of each family's methods."""
