"""`neuro init | check | run | index | status | report | doctor`; rules are run by Snakemake."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from neuro import __version__
from neuro.config import ConfigError, load
from neuro.workflow.plan import Plan

CORES = ("-c", "--cores", "-j", "--jobs", "--profile")
"""Options of Snakemake that tell how many jobs run at once."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the helpers.

    Parameters
    ----------
    argv : sequence of str
        Arguments; those of the command line when None.

    Returns
    -------
    status : int
        0 when all is well.
    """
    parser = argparse.ArgumentParser(prog="neuro", description=__doc__)
    parser.add_argument("--version", action="version", version=f"neuro {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    init_ = commands.add_parser("init", help="write a configuration for a folder of recordings")
    init_.add_argument("folder", type=Path, help="a BIDS tree, or a folder of recordings")
    init_.add_argument("--name", help="name of the dataset; that of the folder by default")
    init_.add_argument("--output", type=Path, default=Path("own.yaml"))
    check_ = commands.add_parser("check", help="tell all that is wrong with a configuration")
    check_.add_argument("configs", nargs="*", type=Path, default=[Path("config.yaml")])
    run_ = commands.add_parser("run", help="run the workflow in this folder")
    run_.add_argument("config", nargs="?", type=Path, default=Path("config.yaml"))
    run_.add_argument("options", nargs="*", help="Snakemake's own, e.g. --cores 2 --dry-run")
    index_ = commands.add_parser("index", help="fetch, and list the recordings of every dataset")
    index_.add_argument("config", nargs="?", type=Path, default=Path("config.yaml"))
    status_ = commands.add_parser("status", help="tell what is done, runs, failed and is left")
    status_.add_argument("config", nargs="?", type=Path, default=Path("config.yaml"))
    status_.add_argument(
        "--watch",
        nargs="?",
        type=float,
        const=10.0,
        metavar="SECONDS",
        help="again every so many seconds (10), until the run ends",
    )
    report_ = commands.add_parser("report", help="write the report from what is there")
    report_.add_argument("results", nargs="?", type=Path, default=Path("results"))
    commands.add_parser("doctor", help="describe this environment")
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["run"] and not {"-h", "--help"} & set(given):
        return run(given[1:])
    arguments = parser.parse_args(given)
    if arguments.command == "init":
        return init(arguments.folder, arguments.output, arguments.name)
    if arguments.command == "check":
        return check(arguments.configs)
    if arguments.command == "index":
        return index(arguments.config)
    if arguments.command == "status":
        return status(arguments.config, arguments.watch)
    if arguments.command == "report":
        return report(arguments.results)
    return doctor()


def init(folder: Path, output: Path, name: str | None = None) -> int:
    """Write a configuration for the recordings in a folder, and check it."""
    from neuro.io.atomic import write_text
    from neuro.workflow import proposed_text
    from neuro.workflow.locate import workflow_folder
    from neuro.workflow.propose import propose

    if output.exists():
        print(f"{output} is there already; give another name with --output", file=sys.stderr)
        return 1
    try:
        found = propose(folder, name)
        schema = Path("workflow/schemas/config.schema.json")
        schema = schema if schema.is_file() else workflow_folder() / schema
        text = proposed_text.write(found, output, str(schema))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    write_text(output, text)
    for proposal in found:
        print(f"{proposal.name}: {proposal.modality}, {', '.join(proposal.facts)}")
    print(f"{output} is written. Read it; then: neuro check {output}")
    return check([output])


def check(configs: Sequence[Path]) -> int:
    """Validate configurations, and what they name, without running anything."""
    status = 0
    for path in configs:
        try:
            plan = Plan(load(path))
            # Imported here: MNE takes its time, and a wrong key needs none of it.
            from neuro.workflow.check import inspect

            findings = inspect(plan)
            for line in findings.summaries:
                print(line)
            for line in findings.warnings:
                print(f"warning: {line}", file=sys.stderr)
            if findings.problems:
                raise ConfigError(findings.problems, str(path))
        except ConfigError as error:
            print(error, file=sys.stderr)
            status = 1
        else:
            warned = f", {len(findings.warnings)} warning(s)" if findings.warnings else ""
            print(f"{path}: fine ({len(plan.config.datasets)} dataset(s){warned})")
    return status


def run(arguments: Sequence[str]) -> int:
    """Run the workflow in this folder: a configuration, then Snakemake's own options."""
    from neuro.workflow.locate import snakefile, workflow_folder

    options = list(arguments)
    named = bool(options) and not options[0].startswith("-")
    config = Path(options.pop(0) if named else "config.yaml")
    if not config.is_file():
        print(
            f"{config}: there is no such file. `neuro init FOLDER` writes one for your recordings; "
            f"{workflow_folder() / 'config.yaml'} runs on recordings that it fetches",
            file=sys.stderr,
        )
        return 1
    subprocess.run([sys.executable, "-m", "neuro.workflow.orphans"], check=True)
    if not any(each.split("=")[0] in CORES for each in options):
        options = ["--cores", "all", *options]
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile())]
    command += ["--configfile", str(config), "--rerun-incomplete", *options]
    return subprocess.run(command, check=False).returncode


def index(config: Path) -> int:
    """Fetch every dataset and write its table of recordings, so that a dry run is complete."""
    from neuro.workflow.locate import snakefile

    try:
        datasets = load(config).datasets
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    tables = [f"data/{name}/recordings.tsv" for name in datasets]
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile())]
    command += ["--cores", "1", "--configfile", str(config)]
    return subprocess.run([*command, "--", *tables], check=False).returncode


def status(config: Path, seconds: float | None = None) -> int:
    """Tell how far a run is, also while it runs, once or every few seconds; 1 if a job failed."""
    from neuro.workflow.status import ask_snakemake, standings, told, watch

    def show(table: str) -> None:
        clear = "\x1b[H\x1b[2J" if sys.stdout.isatty() and seconds is not None else ""
        print(f"{clear}{table}", flush=True)

    try:
        load(config)
        if seconds is not None:
            jobs = watch(config, seconds, show)
        else:
            jobs = standings(ask_snakemake(config))
            show(told(jobs))
    except (ConfigError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return int(any(job.state == "failed" for job in jobs))


def report(results: Path) -> int:
    """Write the report from the manifests that exist, failures first."""
    from neuro.workflow.failures import report_partial

    print(report_partial(results))
    return 0


def doctor() -> int:
    """Print versions, cores, free disk, and what is missing."""
    from neuro.report import facts
    from neuro.workflow.environment import cluster, hardware

    for key, value in {
        **facts(),
        **hardware(),
        "slurm": cluster(),
        "free disk here": f"{shutil.disk_usage('.').free / 1e9:.0f} GB",
    }.items():
        print(f"{key:20} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
