# Entry of the workflow: what is common to all rules. The rules themselves are in rules/.
import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")

SRC = str(Path(workflow.current_basedir) / "src")
sys.path.insert(0, SRC)
os.environ.update(
    PYTHONPATH=os.pathsep.join(filter(None, [SRC, os.environ.get("PYTHONPATH")]))
)

# A file given with --configfile replaces config.yaml: two lists of datasets must never mix.
if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "rules/common.smk"
include: "rules/fetch.smk"
include: "rules/preprocess.smk"
include: "rules/decoding_eeg.smk"
include: "rules/preprocess_meg.smk"
include: "rules/preprocess_fmri.smk"
include: "rules/preprocess_calcium.smk"
include: "rules/preprocess_spikes.smk"
include: "rules/preprocess_pages.smk"
include: "rules/connectomes.smk"
include: "rules/screening.smk"
include: "rules/states.smk"
include: "rules/graphs.smk"
include: "rules/fusion.smk"
include: "rules/eegbench.smk"
include: "rules/meggpt.smk"
include: "rules/braindive.smk"
include: "rules/report.smk"


keep(DIGESTS)

# Not in the Snakemakes that a cluster starts for each job.
if workflow.is_main_process:
    put_right(dry=workflow.output_settings.dryrun)


rule all:
    default_target: True
    input:
        "results/report/index.html",
        "results/report/complete.json",
        # What nothing else asks for once the report is there: whoever deletes it gets it again.
        listings,
        all_manifests,
        quality_pages,


onstart:
    keep_one_timer(workflow.scheduler)
    hold()
    sweep()
    gather()
    clear_failures()


onerror:
    report_failures()
