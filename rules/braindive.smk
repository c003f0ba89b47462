rule braindive:
    input:
        manifests_of("braindive"),
    message:
        "Images that drive regions are in results/<dataset>/braindive"


rule fetch_lite0:
    output:
        weights="data/weights/efficientnet-lite0.safetensors",
    log:
        "results/logs/fetch_lite0.log",
    benchmark:
        "results/benchmarks/fetch_lite0.jsonl"
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        numeric_threads=1,
        code=code_digest("neuro.analyses.braindive.weights"),
    message:
        "Fetching, verifying and converting the weights of EfficientNet-Lite0"
    script:
        "../workflow/scripts/braindive_weights.py"


rule fit_encoder:
    input:
        recordings=of_recordings("results/{dataset}/preprocessed/{recording}_voxels.h5"),
        weights=feature_weights,
        images=image_list,
    output:
        encoder="results/{dataset}/braindive/encoder.safetensors",
        scores="results/{dataset}/braindive/encoder.h5",
        maps=directory("results/{dataset}/braindive/maps"),
    log:
        "results/logs/fit_encoder/{dataset}.log",
    benchmark:
        "results/benchmarks/fit_encoder/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        settings=lambda wildcards: braindive_settings("images", "features", "encoder"),
        driven=lambda wildcards: PLAN.section(wildcards.dataset, "braindive"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.braindive.encode"),
    message:
        "Encoder of images for {wildcards.dataset}"
    script:
        "../workflow/scripts/braindive_encode.py"


rule train_denoiser:
    input:
        images=image_list,
    output:
        denoiser="results/{dataset}/braindive/denoiser.safetensors",
    log:
        "results/logs/train_denoiser/{dataset}.log",
    benchmark:
        "results/benchmarks/train_denoiser/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
        gpu=gpus(PLAN.config.braindive.device),
    params:
        settings=lambda wildcards: braindive_settings("images", "denoiser", "device"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.braindive.train"),
    message:
        "Training a small denoiser for {wildcards.dataset}"
    script:
        "../workflow/scripts/braindive_train.py"


rule guide_images:
    input:
        encoder="results/{dataset}/braindive/encoder.safetensors",
        scores="results/{dataset}/braindive/encoder.h5",
        denoiser="results/{dataset}/braindive/denoiser.safetensors",
        weights=feature_weights,
        images=image_list,
    output:
        images="results/{dataset}/braindive/images.h5",
    log:
        "results/logs/guide_images/{dataset}.log",
    benchmark:
        "results/benchmarks/guide_images/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
        gpu=gpus(PLAN.config.braindive.device),
    params:
        settings=lambda wildcards: braindive_settings(
            "images", "features", "guide", "device"
        ),
        driven=lambda wildcards: PLAN.section(wildcards.dataset, "braindive"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.braindive.guide"),
    message:
        "Images that drive a region of {wildcards.dataset}"
    script:
        "../workflow/scripts/braindive_guide.py"


rule judge_images:
    input:
        encoder="results/{dataset}/braindive/encoder.safetensors",
        encoder_scores="results/{dataset}/braindive/encoder.h5",
        images="results/{dataset}/braindive/images.h5",
        weights=feature_weights,
        real=image_list,
        source="data/{dataset}/fetch.json",
    output:
        conditions="results/{dataset}/braindive/conditions.tsv",
        images="results/{dataset}/braindive/images.tsv",
        scores="results/{dataset}/braindive/scores.tsv",
        figures=report(
            directory("results/{dataset}/braindive/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/judge_images.rst",
            category="{dataset}",
            subcategory="braindive",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/braindive/manifest.json",
    log:
        "results/logs/judge_images/{dataset}.log",
    benchmark:
        "results/benchmarks/judge_images/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        settings=PLAN.config.braindive.model_dump(mode="json"),
        driven=lambda wildcards: PLAN.section(wildcards.dataset, "braindive"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.braindive.judge"),
    message:
        "Judging the images of {wildcards.dataset}"
    script:
        "../workflow/scripts/braindive_judge.py"
