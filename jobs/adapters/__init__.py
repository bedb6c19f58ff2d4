"""The ports fulfilled: by Redis and Celery, by a folder, by dictionaries and threads. Chosen only in wiring files."""
