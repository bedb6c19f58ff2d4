"""The numbers by which the matcher chooses, apart from those of a search level.

A module of their own: TorchScript reads the constants of other modules only.
"""

COUPLINGS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""theta of the coupled optimisation, growing."""
OUTLIER_MM = 6.0
"""How far a neighbour may be from its fellows' median before it counts less."""
TIE_BREAK = 1e-6
"""Cost per mm^2 from the start: nothing beside real differences, but a flat place stays where it is."""
SHARPNESS = 300.0
"""Of the soft minimum, per unit of cost."""
NOTHING = -80.0
"""Least logarithm of a probability: beyond it they are denormal numbers, which take ten times as long."""
VALUES = 2**17
"""Costs treated at once: half a megabyte, which stays near the processor between the steps of one pass."""
RUN_VALUES = 2**20
"""Numbers that are multiplied at once: 4 MB of runs, so that they stay near the processor."""
