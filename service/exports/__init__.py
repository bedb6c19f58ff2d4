"""Exports: objects of a registration on their way back to an archive."""
