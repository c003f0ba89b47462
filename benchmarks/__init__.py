"""Speed, memory and claims, one script per word: `python -m benchmarks.<word>`."""
