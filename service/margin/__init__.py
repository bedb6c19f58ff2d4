"""Margin: how far an ablation zone reaches around a tumour, and how sure the registration lets one be."""
