import threading

import pytest
import torch

from registration.abreast import abreast


@pytest.fixture
def two_cores():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_cores")
def test_the_answers_come_in_order_from_threads_that_share_the_cores():
    meet = threading.Barrier(2, timeout=20)

    def work(item: int) -> tuple[int, int, bool]:
        meet.wait()  # returns only when both run at the same time
        return item, torch.get_num_threads(), torch.is_grad_enabled()

    assert abreast(work, [3, 1]) == [(3, 1, False), (1, 1, False)]
    assert torch.get_num_threads() == 2
    assert torch.is_grad_enabled()


def test_one_core_does_one_after_the_other():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    here = threading.get_ident()
    assert abreast(lambda item: (item, threading.get_ident()), "ab") == [("a", here), ("b", here)]
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_cores")
def test_what_goes_wrong_comes_back_and_the_cores_too():
    def work(item: int) -> int:
        raise ValueError(f"no {item}")

    with pytest.raises(ValueError, match="no 5"):
        abreast(work, [5, 6])
    assert torch.get_num_threads() == 2
