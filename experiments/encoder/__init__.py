"""Do learned features earn their place? MIND-SSC, the encoder and both, on volumes nothing learnt from, on real pairs.

judged        what is judged: encoders by file, volumes kept back
matching      which label the costs alone would take at keypoints
registering   what is left of that after selection, kernel and finish
"""
