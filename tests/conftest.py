"""What every test shares: threads that wait instead of spinning, as the command and the workers have them."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is first imported
