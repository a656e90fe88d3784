"""The wall: plain values cross and come back the same; anything else is refused."""
import array
import collections
import json
import socket
import struct
import threading
import time

import numpy as np
import pytest
import torch

from autograde import wall


def across(value):
    """Encode, send through a real socket, receive and decode."""
    ours, theirs = socket.socketpair()
    buffers = []
    header = {"value": wall.encode(value, buffers, no_opaque)}
    wall.send(ours, header, buffers)
    header, buffers = wall.receive(theirs, time.monotonic() + 5)
    return wall.decode(header["value"], buffers, no_stand_in)


def no_opaque(value):
    raise wall.CannotCross(str(type(value)))


def no_stand_in(*parts):
    raise AssertionError("no opaque object was sent")


@pytest.mark.parametrize("value", [
    None, True, 7, -2**70, 0.1, float("inf"), "", "ünïcode \ud800", b"\0\xff", (), [], {}, (1, [2.5, {"a": (None,)}]),
    {1: "one", (2, 3): [True]}, 1 + 2j,
])
def test_plain_values_cross_unchanged(value):
    back = across(value)
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex128", ">f4"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_arrays_cross_by_dtype_shape_and_values(dtype, shape):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    back = across(array)
    assert back.shape == shape and back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, array)
    back.fill(0)                                    # what arrives can be written to


def test_views_cross_by_their_values():
    array = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(across(array[::-2, 1::2].T), array[::-2, 1::2].T)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float32, torch.bfloat16])
def test_tensors_cross(dtype):
    tensor = torch.arange(6).reshape(2, 3).to(dtype)
    back = across(tensor.T)
    assert back.dtype == dtype and torch.equal(back, tensor.T)


def test_a_tensor_with_gradient_crosses_as_its_values():
    assert torch.equal(across(torch.ones(2, requires_grad=True)), torch.ones(2))


def test_scalars_of_numpy_stay_scalars():
    back = across(np.float32(1.5))
    assert isinstance(back, np.float32) and back == 1.5


@pytest.mark.parametrize("value", [range(3), collections.deque([0, 1, 2]), array.array("d", [0, 1, 2]), memoryview(b"\0\1\2")])
def test_what_numpy_takes_for_an_array_crosses_as_one(value):
    np.testing.assert_array_equal(across(value), [0, 1, 2])


def test_arrays_of_objects_do_not_cross():
    with pytest.raises(wall.CannotCross):
        across(np.array([object()]))


def test_endless_nesting_does_not_cross():
    loop = []
    loop.append(loop)
    with pytest.raises(wall.CannotCross):
        across(loop)


@pytest.mark.parametrize("node", [
    [1, 2], {"list": 3}, {"list": [], "tuple": []}, {"pickle": "gASV"}, {"array": [0, "<f8", [3]]},
    {"array": [5, "<f8", [2]]}, {"array": [-1, "<f8", [2]]}, {"array": [0, "|O", [2]]}, {"array": [0, "<U4", [1]]},
    {"array": [0, "V16", [1]]}, {"array": [0, "(2,)f8", [1]]}, {"array": [0, "<f8", [-2]]}, {"array": [0, "<f8", [2.0]]},
    {"array": [0, "<f8", [True, 2]]}, {"array": [0, "<f8", [2**70]]}, {"array": [0, "<f8", [1] * 40]}, {"array": [0, "", [2]]},
    {"scalar": [0, "<f8", [2]]}, {"tensor": [0, "bfloat17", [2]]}, {"tensor": [0, "<u4x", [4]]}, {"dict": [[1]]},
    {"dict": [[{"list": []}, 1]]}, {"complex": ["1", 2]}, {"object": [1]}, {"object": ["1", "x", True]}, {"bytes": "0"},
])
def test_forged_values_are_refused(node):
    with pytest.raises(wall.StrangeMessage):
        wall.decode(node, [bytearray(16)], no_stand_in)


def test_deeply_nested_values_are_refused():
    node = 1
    for _ in range(200):
        node = {"list": [node]}
    with pytest.raises(wall.StrangeMessage):
        wall.decode(node, [], no_stand_in)


@pytest.mark.parametrize("raw", [
    b"x" * 100, b"STRI" + struct.pack("<II", 2**31, 0), b"STRI" + struct.pack("<II", 2, 2**31),
    b"STRI" + struct.pack("<IIQ", 2, 1, 2**60) + b"{}", b"STRI" + struct.pack("<II", 2, 0) + b"[]",
    b"STRI" + struct.pack("<II", 3, 0) + b"\xff{}", b"STRI" + struct.pack("<II", 10**5, 0) + b"[" * 10**5,
    b"STRI" + struct.pack("<II", 9000, 0) + b"1" * 9000,
])
def test_forged_messages_are_refused(raw):
    ours, theirs = socket.socketpair()
    ours.sendall(raw)
    with pytest.raises(wall.StrangeMessage):
        wall.receive(theirs, time.monotonic() + 5)


def test_a_message_that_never_ends_runs_into_the_deadline():
    ours, theirs = socket.socketpair()
    ours.sendall(b"STRI" + struct.pack("<II", 100, 0) + b"{")
    with pytest.raises(TimeoutError):
        wall.receive(theirs, time.monotonic() + 0.1)


def test_a_closed_wall_is_told_apart():
    ours, theirs = socket.socketpair()
    ours.sendall(b"STRI")
    ours.close()
    with pytest.raises(EOFError):
        wall.receive(theirs, time.monotonic() + 5)


def test_too_large_values_are_not_sent(monkeypatch):
    monkeypatch.setattr(wall, "MAX_BYTES", 100)
    with pytest.raises(wall.CannotCross):
        across(np.zeros(100))


@pytest.mark.parametrize("value", [[0] * (wall.MAX_VALUES + 2), {number: 0 for number in range(wall.MAX_KEYS + 1)}])
def test_what_would_cost_the_grader_much_time_does_not_cross(value):
    with pytest.raises(wall.CannotCross):
        across(value)


def test_forged_values_that_would_cost_the_grader_much_time_are_refused():
    same_hash = [[number * (2**61 - 1), 0] for number in range(wall.MAX_KEYS + 1)]
    with pytest.raises(wall.StrangeMessage):
        wall.decode({"dict": same_hash}, [], no_stand_in)
    ours, theirs = socket.socketpair()
    text = b"[" + b"1," * (wall.MAX_VALUES + 1) + b"1]"
    threading.Thread(target=ours.sendall, args=[b"STRI" + struct.pack("<II", len(text), 0) + text]).start()
    with pytest.raises(wall.StrangeMessage, match="too many"):
        wall.receive(theirs, time.monotonic() + 5)


@pytest.mark.parametrize("target, source", [
    (np.zeros(3), np.ones(4)), (np.zeros(3), np.ones(3, "float32")), (np.zeros(3), torch.ones(3)), (torch.zeros(3), 5),
])
def test_only_an_array_of_the_same_kind_overwrites(target, source):
    with pytest.raises((wall.StrangeMessage, AttributeError)):
        wall.overwrite(target, source)
    assert not target.any()


def test_headers_are_json_only():
    ours, theirs = socket.socketpair()
    wall.send(ours, {"value": 1})
    raw = theirs.recv(1000)
    assert json.loads(raw[12:]) == {"value": 1}
