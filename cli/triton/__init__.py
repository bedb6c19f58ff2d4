"""A real Triton server on this machine, without a container: for the tests and for the distributed set.

payload          the server's binary, out of a wheel
layout           the backends it is told to use; `pytorch_backend` stands in for libtorch's, which the wheel leaves out
launch           command and environment of the server, and when it is ready
running          a server for as long as a block runs
"""
