"""Corrections by click: a set of correspondences becomes compact bumps on the field. Numpy only."""
