"""What survives when parts of the distributed set are killed at random moments while jobs run.

target    the set as a process tree whose parts can be killed by name
witness   a client that never gives up, and writes down what it was promised
rounds    one round: start jobs, kill, wait until everything has ended, compare with the promises
"""
