"""The demonstration: a generated pair of scans goes through a service of its own, over HTTP, and the outcome is judged.

service   `kernelreg serve` as a child, on a free port, over a data folder that is gone afterwards
client    the calls a program makes: upload, register, follow, correct, map points, fetch
story     the whole job in order
measured  what was measured on the way
picture   where the field was wrong, and what the corrections changed
verdict   the promises that held or did not
summary   what a person reads at the end
"""
