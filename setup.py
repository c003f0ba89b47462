"""Puts the workflow beside the package in wheels; all else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WORKFLOW = ("Snakefile", "config.yaml", "rules", "workflow", "envs")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".snakemake", "*.pyc")


class BuildWithWorkflow(build_py):
    """Copy what Snakemake reads into the package, where `neuro run` finds it."""

    def run(self) -> None:
        """Build the package, then copy; an editable install reads the checkout itself."""
        super().run()
        if self.editable_mode:
            return
        here, target = Path(__file__).parent, Path(self.build_lib) / "neuro" / "_workflow"
        target.mkdir(parents=True, exist_ok=True)
        for name in WORKFLOW:
            if (here / name).is_dir():
                shutil.copytree(here / name, target / name, ignore=LEFT_OUT, dirs_exist_ok=True)
            else:
                shutil.copy2(here / name, target / name)


setup(cmdclass={"build_py": BuildWithWorkflow})
