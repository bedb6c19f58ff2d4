"""Corrections: clicked correspondences, revisions, undo."""
