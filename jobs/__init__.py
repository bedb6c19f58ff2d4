"""The agreement between front door and hands: job states, messages, ports. No torch, no web framework.

model      what a registration job is, and the table of its allowed moves
messages   what travels between service and worker: identifiers and small numbers, never pixels
ports      what service and worker need from the outside, as small protocols
keys       every Redis key: meaning, owner, lifetime
ending     cancel, purge, taking up what died; retention: purging what was kept long enough
figures    what processes measure, added up
codec      arrays in the cache
adapters   the ports fulfilled by Redis, Celery, a folder, an object store, or dictionaries
"""
