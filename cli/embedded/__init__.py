"""The whole service as one process tree on one machine, with nothing to install beside Python.

redis_server   the bundled Redis: where its binary is, how it is started
children       one child process: started, restarted with patience, gone when its parent is
supervisor     all children in order, until told to stop
memory         the same service in a single process, where no Redis binary exists
doorway        the listening socket, the data folder and its lock
"""
