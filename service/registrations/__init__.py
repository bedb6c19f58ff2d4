"""Registrations: two series in, a job to follow, its products out."""
