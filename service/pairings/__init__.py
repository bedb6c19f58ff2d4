"""Pairings: two studies in, the pairs of their series out, ranked with reasons; the choice of one where it is clear."""
