"""Where the heavy work can be done other than here, behind the seam `registration.engine`.

triton       the engine: a pair of scans through a model server
server       one server: calls with deadlines, patience and errors of ours
fitness      what a server says of its models, compared with what this code was made for
shared       scans in memory that a server on this machine reads too
"""
