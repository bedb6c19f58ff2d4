"""The displacement field: how it is read between voxels, composed, repaired and judged."""
