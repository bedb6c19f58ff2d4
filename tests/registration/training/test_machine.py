"""The machine of a run: what `auto` means, what is refused, and that the memory is the process's own."""

import pytest
import torch

from registration.errors import MethodError
from registration.training.machine import choose_machine

WITHOUT_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens where there is no GPU")
WITH_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


@WITHOUT_GPU
@pytest.mark.parametrize("wish", ["float32", "bfloat16"])
def test_without_a_gpu_auto_is_the_cpu_in_the_precision_of_the_part(wish):
    machine = choose_machine("auto", "auto", cpu_precision=wish)
    assert str(machine) == f"cpu, {wish}"


@WITHOUT_GPU
def test_what_needs_a_gpu_is_refused_without_one():
    for device, precision in (("cuda", "auto"), ("auto", "float16")):
        with pytest.raises(MethodError, match=r"GPU.*got") as refused:
            choose_machine(device, precision, cpu_precision="float32")
        assert refused.value.code == "config-invalid"


@WITH_GPU
def test_with_a_gpu_auto_is_mixed_precision_and_counts_its_memory():
    machine = choose_machine("auto", "auto", cpu_precision="float32")
    assert machine.device.type == "cuda"
    assert machine.heavy is not torch.float32
    with machine.here():
        taken = torch.zeros(2**20)
    assert taken.is_cuda
    assert machine.peak_mb() >= 4


def test_heavy_layers_run_in_the_precision_asked_for():
    layer, inputs = torch.nn.Linear(4, 4), torch.ones(1, 4)
    for precision, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        machine = choose_machine("cpu", precision, cpu_precision="float32")
        with machine.autocast():
            assert layer(inputs).dtype is dtype


def test_peak_memory_is_that_of_the_process():
    machine = choose_machine("cpu", "auto", cpu_precision="float32")
    before = machine.peak_mb()
    block = torch.ones(int(before + 64) * 2**18)  # as much again, and 64 MB
    assert machine.peak_mb() > before + 32
    assert before > 50
    del block
