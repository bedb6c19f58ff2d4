"""Features: what makes a place recognisable in both scans. MIND-SSC needs no training; the encoder is learned."""
