"""Evaluation: a registration held against landmarks and organs that it has not seen."""
