"""What Snakemake needs of Python: the plan of targets, code digests, and the frame of a job."""
