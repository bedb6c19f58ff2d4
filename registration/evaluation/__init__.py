"""A data set and a method become a table, in two passes: fields are predicted and stored, then scored without torch.

    cases.py ─► predict.py (methods.py) ─► prediction folder ─► score.py (figures.py, official.py) ─► tables.py

Only `methods` loads torch, and only when a method is asked for.
"""
