"""What the paper leaves open in its kernel, tried on left-out correspondences: `python -m experiments.dual_stream`."""
