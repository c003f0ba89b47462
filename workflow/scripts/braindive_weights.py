from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.braindive.weights import run

    run(job.output.weights, job.output.weights.parents[1] / "packages")
