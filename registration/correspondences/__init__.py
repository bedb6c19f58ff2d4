"""Correspondences: where each keypoint lies in the other scan, by a cost volume made to agree on a graph."""
