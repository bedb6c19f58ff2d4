"""A worker that has no model server needs no client for one."""

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["tritonclient"] = None  # an import of it fails from here on
import worker.__main__
from worker.method import model_at
print(model_at("").engine)
"""


def test_a_worker_without_a_model_server_imports_no_client_of_one():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "None"
