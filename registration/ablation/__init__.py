"""Ablation follow-up: how far a treated zone reaches around a tumour, and how sure the registration lets one be."""
