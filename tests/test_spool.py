"""Notebooks of a class wait in a file, not in memory, and reach a worker as plain bytes."""
import pickle

from autograde.spool import Spool


def test_what_is_kept_comes_back_and_crosses_to_another_process_as_bytes():
    spool = Spool()
    contents = [b"one", b"", bytes(range(256)) * 1000, b"last"]
    kept = [spool.keep(content) for content in contents]
    assert [bytes(one) for one in reversed(kept)] == contents[::-1]
    assert [len(one) for one in kept] == [3, 0, 256_000, 4]
    assert [pickle.loads(pickle.dumps(one)) for one in kept] == contents
    assert len(pickle.dumps(spool.keep(b"x"))) < 100
