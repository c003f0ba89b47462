"""Networks of the benchmark: specialists, foundation architectures, and how they are adapted."""
