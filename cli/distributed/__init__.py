"""The distributed set on one machine without containers: every part its own process, as many workers as wanted.

processes      which processes there are, in the order of their start
model_server   a Triton server over the models of this code
"""
