"""The hands: Celery tasks around plain handlers. Knows the method and the ports, not the front door.

tasks      a message becomes the call of a handler
claim      the right to run a job: lease, heartbeat, progress
results    results kept open between clicks
handlers   register_pair · correct · map_points · render: plain functions, ports as arguments
"""
