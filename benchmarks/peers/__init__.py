"""Other registration tools and ours on the same pairs, each in a process of its own: one table of what they give.

Every tool gets the same two images (`working_grid`), answers with a displacement field, and is judged by the figures of
`registration.metrics`. `python -m benchmarks.peers` runs what is installed; the others stand in the table as not run.
"""
