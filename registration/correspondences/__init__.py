"""Correspondences: where each keypoint lies in the moving scan, by a cost volume regularised over the keypoint graph."""
