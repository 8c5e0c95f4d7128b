"""Every kernel that a test boots is checked when the test is over, by its own rules and by those of every heap."""

from dataclasses import replace

import pytest

from handleheap.check import check
from handleheap.win16 import ENHANCED, Kernel

from .steps import SMALL


@pytest.fixture
def boot():
    """boot(profile, memory, **facts) -> a Kernel, with those fields of its profile changed."""
    kernels = []

    def start(profile=ENHANCED, memory=SMALL, **facts):
        kernel = Kernel(replace(profile, **facts) if facts else profile, memory)
        kernels.append(kernel)
        return kernel

    yield start
    for kernel in kernels:
        kernel.check()
        check(kernel.heap)
