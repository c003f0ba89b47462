"""Where the workflow is: in the checkout that this package is of, or in the installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def workflow_folder(package: Path = PACKAGE) -> Path:
    """Folder with `Snakefile`, `rules/`, `workflow/`, `envs/` and `config.yaml`.

    Parameters
    ----------
    package : Path
        Folder of the package `neuro`.

    Returns
    -------
    folder : Path
        The checkout where the package lies in one, as with `pip install -e`; else what the wheel
        has brought.

    Raises
    ------
    FileNotFoundError
        If there is neither.
    """
    for folder in (package.parents[1], package / "_workflow"):
        if (folder / "Snakefile").is_file() and (folder / "rules" / "common.smk").is_file():
            return folder
    raise FileNotFoundError(
        f"{package}: the workflow is neither above nor in the package; install neuro-workflow anew"
    )


def snakefile() -> Path:
    """The workflow's entry."""
    return workflow_folder() / "Snakefile"
