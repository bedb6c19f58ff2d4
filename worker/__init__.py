"""The hands: Celery tasks around plain handlers. Knows the method and the ports, not the front door.

tasks      a message becomes the call of a handler
claim      the right to run a job: lease, heartbeat, progress, time limit
patience   outages are waited for
results    results kept open between clicks, read from cache or artefacts
handlers   register_pair · correct · map_points · render: plain functions, ports as arguments
engines    the heavy work done elsewhere
"""
