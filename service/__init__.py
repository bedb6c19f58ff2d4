"""The front door: HTTP in, problem documents out. Computes nothing heavy, imports no torch.

app             create_app(settings, ports): nothing happens on import
series          upload scans
registrations   start, follow, fetch, cancel, purge
corrections     clicks, revisions, undo
points          map points both ways
viewer          the page where a person sees, doubts and corrects
evaluation      landmarks and organs in, errors and overlap out
"""
