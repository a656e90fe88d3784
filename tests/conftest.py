"""Fixtures that several tests share."""
import os

import pytest

from autograde import sandbox
from autograde.forkserver import ForkServer


@pytest.fixture(scope="session")
def server():
    """A fork server behind walls; a machine without the namespaces for them skips the test, but fails it in CI."""
    with ForkServer() as server:
        try:
            server.start().end()
        except sandbox.NoSandbox as reason:
            no_walls(reason)
        yield server


def pytest_collection_modifyitems(items):
    """With several processes: the tests of a file stay together, as they share fixtures, but for those that take longest.

    These are marked `long`: they start first and go to whichever process is free.
    """
    items.sort(key=lambda item: "long" not in item.keywords)
    for item in items:
        if "long" not in item.keywords:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def no_walls(reason):
    """Skip a test that needs the sandbox's walls, or fail it where CI says that they must be there."""
    if os.environ.get("CI"):
        pytest.fail(f"the sandbox's namespaces are missing in CI: {reason}")
    pytest.skip(f"this machine does not allow the sandbox's namespaces: {reason}")
