from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.eegbench.leaderboard import write_page

    write_page(
        job.input.summaries,
        job.output.page,
        title=job.params.title,
        confidence=job.params.confidence,
        published=job.params.published,
    )
