rule meggpt:
    input:
        manifests_of("meggpt"),
    message:
        "Tokens and models are in results/<dataset>/meggpt"


rule tokenize_meggpt:
    input:
        recordings=continuous_files,
    output:
        tokenizer="results/{dataset}/meggpt/tokenizer.safetensors",
        tokens="results/{dataset}/meggpt/tokens.h5",
        rates="results/{dataset}/meggpt/rates.tsv",
    log:
        "results/logs/tokenize_meggpt/{dataset}.log",
    benchmark:
        "results/benchmarks/tokenize_meggpt/{dataset}.jsonl"
    wildcard_constraints:
        dataset=MODELLED,
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        paths=continuous_paths,
        recordings=bench_recordings,
        settings=PLAN.config.meggpt.model_dump(
            mode="json",
            include={
                "tokens": True,
                "split": True,
                "held_out": True,
                "model": {"window"},
                "training": {"length"},
            },
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.meggpt.run_tokens"),
    message:
        "Tokens of {wildcards.dataset}"
    script:
        "../workflow/scripts/meggpt_tokenize.py"


rule train_meggpt:
    input:
        tokens="results/{dataset}/meggpt/tokens.h5",
        tokenizer="results/{dataset}/meggpt/tokenizer.safetensors",
    output:
        model="results/{dataset}/meggpt/model.safetensors",
        training="results/{dataset}/meggpt/training.tsv",
    log:
        "results/logs/train_meggpt/{dataset}.log",
    benchmark:
        "results/benchmarks/train_meggpt/{dataset}.jsonl"
    wildcard_constraints:
        dataset=MODELLED,
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: PLAN.config.meggpt.training.processes
    resources:
        mem_mb=growing(16000),
        runtime=growing(1440),
        gpu=gpus(PLAN.config.meggpt.device, PLAN.config.meggpt.training.processes),
    params:
        settings=PLAN.config.meggpt.model_dump(
            mode="json", include={"model", "training", "device"}
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.meggpt.run_training"),
    message:
        "Training a model of {wildcards.dataset}"
    script:
        "../workflow/scripts/meggpt_train.py"


rule generate_meggpt:
    input:
        tokens="results/{dataset}/meggpt/tokens.h5",
        tokenizer="results/{dataset}/meggpt/tokenizer.safetensors",
        model="results/{dataset}/meggpt/model.safetensors",
    output:
        generated="results/{dataset}/meggpt/generated.h5",
        baselines="results/{dataset}/meggpt/baselines.h5",
    log:
        "results/logs/generate_meggpt/{dataset}.log",
    benchmark:
        "results/benchmarks/generate_meggpt/{dataset}.jsonl"
    wildcard_constraints:
        dataset=MODELLED,
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        settings=PLAN.config.meggpt.model_dump(mode="json", include={"generation"}),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.meggpt.run_generation"),
    message:
        "Generating sessions like those of {wildcards.dataset}"
    script:
        "../workflow/scripts/meggpt_generate.py"


rule evaluate_meggpt:
    input:
        recordings=continuous_files,
        tokens="results/{dataset}/meggpt/tokens.h5",
        tokenizer="results/{dataset}/meggpt/tokenizer.safetensors",
        model="results/{dataset}/meggpt/model.safetensors",
        generated="results/{dataset}/meggpt/generated.h5",
        baselines="results/{dataset}/meggpt/baselines.h5",
    output:
        evaluation="results/{dataset}/meggpt/evaluation.h5",
        scores="results/{dataset}/meggpt/scores.tsv",
    log:
        "results/logs/evaluate_meggpt/{dataset}.log",
    benchmark:
        "results/benchmarks/evaluate_meggpt/{dataset}.jsonl"
    wildcard_constraints:
        dataset=MODELLED,
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        paths=continuous_paths,
        recordings=bench_recordings,
        truth=planted,
        settings=PLAN.config.meggpt.model_dump(mode="json", include={"generation"}),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.meggpt.run_evaluation"),
    message:
        "Evaluating the model of {wildcards.dataset}"
    script:
        "../workflow/scripts/meggpt_evaluate.py"


rule decode_meggpt:
    input:
        recordings=continuous_files,
        events=lambda wildcards: [
            path for paths in event_files(wildcards) for path in paths
        ],
    output:
        scores="results/{dataset}/meggpt/decoding_{task}.tsv",
    log:
        "results/logs/decode_meggpt/{dataset}/{task}.log",
    benchmark:
        "results/benchmarks/decode_meggpt/{dataset}/{task}.jsonl"
    wildcard_constraints:
        dataset=MODELLED,
        task="|".join({task for tasks in DECODED.values() for task in tasks}) or "(?!)",
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(240),
    params:
        paths=continuous_paths,
        events=event_files,
        recordings=bench_recordings,
        section=lambda wildcards: DECODED[wildcards.dataset][
            wildcards.task
        ].model_dump(mode="json"),
        span=lambda wildcards: [
            PLAN.dataset(wildcards.dataset).meggpt.tmin,
            PLAN.dataset(wildcards.dataset).meggpt.tmax,
        ],
        settings=PLAN.config.meggpt.model_dump(
            mode="json",
            include={"decoding": True, "confidence": True, "tokens": {"step"}},
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.meggpt.run_decoding"),
    message:
        "Decoding {wildcards.task} of {wildcards.dataset} from hidden states"
    script:
        "../workflow/scripts/meggpt_decode.py"


rule summarise_meggpt:
    input:
        rates="results/{dataset}/meggpt/rates.tsv",
        training="results/{dataset}/meggpt/training.tsv",
        scores="results/{dataset}/meggpt/scores.tsv",
        evaluation="results/{dataset}/meggpt/evaluation.h5",
        tokens="results/{dataset}/meggpt/tokens.h5",
        decoding=decoding_files,
        source="data/{dataset}/fetch.json",
    output:
        figures=report(
            directory("results/{dataset}/meggpt/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_meggpt.rst",
            category="{dataset}",
            subcategory="meggpt",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/meggpt/manifest.json",
    log:
        "results/logs/summarise_meggpt/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_meggpt/{dataset}.jsonl"
    wildcard_constraints:
        dataset=MODELLED,
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=PLAN.config.meggpt.model_dump(mode="json"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.meggpt.summarise"),
    message:
        "Tokens and model of {wildcards.dataset}"
    script:
        "../workflow/scripts/meggpt_summarise.py"
