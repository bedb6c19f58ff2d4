"""Series: bytes in, a checked volume kept, its geometry report out."""
