"""What a run was made with."""

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = {
    "neuro": "neuro-workflow",
    "numpy": "numpy",
    "scipy": "scipy",
    "mne": "mne",
    "snakemake": "snakemake",
}
"""Names shown, and the distributions whose versions they are."""


def facts() -> dict[str, str]:
    """Versions and platform of the running interpreter, for the report's last section.

    Returns
    -------
    facts : dict of str to str
        Versions of Python and of those of :data:`PACKAGES` that are installed, and the platform.
    """
    found = {}
    for name, distribution in PACKAGES.items():
        try:
            found[name] = version(distribution)
        except PackageNotFoundError:
            continue
    return {**found, "python": platform.python_version(), "platform": platform.platform()}
