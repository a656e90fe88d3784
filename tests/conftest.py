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
    """With several processes: what takes longest, marked `long`, starts first, so that nobody waits for it at the end."""
    items.sort(key=lambda item: "long" not in item.keywords)


def no_walls(reason):
    """Skip a test that needs the sandbox's walls, or fail it where CI says that they must be there."""
    if os.environ.get("CI"):
        pytest.fail(f"the sandbox's namespaces are missing in CI: {reason}")
    pytest.skip(f"this machine does not allow the sandbox's namespaces: {reason}")
