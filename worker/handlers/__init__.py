"""What the worker does with a message: plain functions, ports as arguments."""
