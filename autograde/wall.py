"""The wall: the only way values cross between the grader and a student's process.

What crosses is plain: None, bool, int, float, complex, str, bytes, lists, tuples and dicts of these, NumPy arrays and
scalars and torch tensors by dtype, shape and raw bytes. Nothing is ever pickled, and what arrives is decoded strictly:
anything else than a well-formed message of a permitted size raises StrangeMessage. Any other object stays where it is
and crosses as a number that stands for it.

A message is one JSON header and the raw buffers of its arrays:
    "STRI", length of the header (4 bytes), number of buffers (4), length of each buffer (8 each), header, buffers
"""
import json
import re
import struct
import sys
import time

import numpy as np

MAGIC = b"STRI"
MAX_HEADER = 8 * 2**20       # bytes
MAX_BUFFERS = 20_000
MAX_BYTES = 256 * 2**20      # bytes in all buffers of one message
MAX_DEPTH = 50
MAX_VALUES = 500_000         # numbers, texts and so on in one header: the grader looks at each of them
MAX_KEYS = 1_000             # of one dict: keys made to collide would cost the square of this
ARRAY_KINDS = "biufc"        # bool, integers, floats, complex


class StrangeMessage(Exception):
    """What came across the wall is not a message."""


class CannotCross(TypeError):
    """A value has no plain form."""


# ---------------------------------------------------------------------------------------------- values

def encode(value, buffers, opaque, arrays=None, depth=0):
    """Turn a value into JSON-able form, appending the bytes of arrays to `buffers`.

    opaque: function(object) -> [number, type name, callable?] for objects that have no plain form.
    arrays: if a dict, filled with {buffer number: the array or tensor it was made from}.
    """
    if depth > MAX_DEPTH:
        raise CannotCross("a value nested too deeply")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in ARRAY_KINDS:
        return {"array": _noted(arrays, value, _encode_array(np.asarray(value), buffers))}
    if isinstance(value, np.generic) and value.dtype.kind in ARRAY_KINDS:
        return {"scalar": _encode_array(np.asarray(value), buffers)}
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return {"tensor": _noted(arrays, value, _encode_tensor(value, buffers, torch))}
    if isinstance(value, bool | int | float | str):       # a subclass, such as an IntEnum, crosses as its base
        return next(base(value) for base in (int, float, str) if isinstance(value, base))
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, (bytes, bytearray)):
        buffers.append(bytes(value))
        return {"bytes": len(buffers) - 1}
    if isinstance(value, (list, tuple)):
        items = [encode(item, buffers, opaque, arrays, depth + 1) for item in value]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, dict) and len(value) > MAX_KEYS:
        raise CannotCross("a dict with too many keys")
    if isinstance(value, dict):
        return {"dict": [[encode(part, buffers, opaque, arrays, depth + 1) for part in item] for item in value.items()]}
    array = None if callable(value) else _as_numpy_sees_it(value)
    if array is not None:
        return {"array": _encode_array(array, buffers)}
    return {"object": opaque(value)}


def decode(node, buffers, resolve, arrays=None, depth=0):
    """Turn the JSON-able form back into a value. Raises StrangeMessage for anything that `encode` would not make.

    resolve: function(number, type name, callable?) -> what stands for an opaque object on this side.
    arrays: if a dict, filled with {buffer number: the array or tensor made from it}.
    """
    if depth > MAX_DEPTH:
        raise StrangeMessage("nested too deeply")
    if node is None or isinstance(node, (bool, int, float, str)):
        return node
    if not isinstance(node, dict) or len(node) != 1:
        raise StrangeMessage("not a value")
    [(kind, content)] = node.items()

    def inner(part):
        return decode(part, buffers, resolve, arrays, depth + 1)

    if kind in ("list", "tuple") and isinstance(content, list):
        return (list if kind == "list" else tuple)(inner(item) for item in content)
    if kind == "dict" and isinstance(content, list) and len(content) <= MAX_KEYS:
        return dict(_pair(item, inner) for item in content)
    if kind == "complex" and _is(content, float, float):
        return complex(*content)
    if kind == "bytes" and _is([content], int):
        return bytes(_buffer(buffers, content))
    if kind == "object" and _is(content, int, str, bool):
        return resolve(*content)
    if kind in ("array", "scalar", "tensor") and _is(content, int, str, list):
        value = _decode_array(kind, buffers, *content)
        if arrays is not None and kind != "scalar":
            arrays[content[0]] = value
        return value
    raise StrangeMessage("not a value")


def _as_numpy_sees_it(value):
    """A range, a deque, a picture or the like as an array of numbers, or None: a test would see it that way too."""
    try:
        array = np.asarray(value)
    except Exception:
        return None
    return array if array.dtype.kind in ARRAY_KINDS else None


def raw_bytes(value):
    """The bytes of an array or tensor in C order."""
    buffers = []
    encode(value, buffers, opaque=None)
    return buffers[0]


def overwrite(target, source):
    """Give an array or tensor the values of another one of the same type, dtype and shape, in place."""
    if type(target) is not type(source) or target.dtype != source.dtype or target.shape != source.shape:
        raise StrangeMessage("an array changed its type")
    if isinstance(target, np.ndarray):
        target[...] = source
    else:
        target.data.copy_(source)


def _noted(arrays, value, encoded):
    if arrays is not None:
        arrays[encoded[0]] = value
    return encoded


def _encode_array(array, buffers):
    native = array.astype(array.dtype.newbyteorder("<"), copy=False)
    buffers.append(native.tobytes())
    return [len(buffers) - 1, native.dtype.str, list(native.shape)]


def _encode_tensor(tensor, buffers, torch):
    tensor = tensor.detach().cpu()
    tensor = (tensor.to_dense() if tensor.layout != torch.strided else tensor).resolve_conj().resolve_neg()
    if tensor.dtype == torch.bfloat16:
        number, _, shape = _encode_array(tensor.contiguous().view(torch.int16).numpy(), buffers)
        return [number, "bfloat16", shape]
    return _encode_array(tensor.numpy(), buffers)


def _decode_array(kind, buffers, number, dtype_name, shape):
    bfloat16 = kind == "tensor" and dtype_name == "bfloat16"
    if not _is(shape, *[int] * len(shape)) or len(shape) > 32 or min(shape, default=0) < 0:
        raise StrangeMessage("not a shape")
    if not bfloat16 and not re.fullmatch(rf"[<|][{ARRAY_KINDS}]\d\d?", dtype_name):
        raise StrangeMessage("not a dtype of numbers")
    try:
        dtype = np.dtype("<i2" if bfloat16 else dtype_name)
        array = np.frombuffer(bytearray(_buffer(buffers, number)), dtype=dtype).reshape(shape)
    except (TypeError, ValueError) as error:
        raise StrangeMessage("an array that does not fit its bytes") from error
    if kind == "array":
        return array
    if kind == "scalar":
        return array.reshape(())[()] if array.size == 1 else _strange("not a scalar")
    import torch
    try:
        tensor = torch.from_numpy(array)
    except TypeError as error:
        raise StrangeMessage("not a dtype of torch") from error
    return tensor.view(torch.bfloat16) if bfloat16 else tensor


def _is(parts, *types):
    return isinstance(parts, list) and len(parts) == len(types) and all(
        type(part) is kind for part, kind in zip(parts, types))


def _pair(item, inner):
    if not isinstance(item, list) or len(item) != 2:
        raise StrangeMessage("not a pair")
    key, value = map(inner, item)
    try:
        hash(key)
    except TypeError as error:
        raise StrangeMessage("not a key") from error
    return key, value


def _buffer(buffers, number):
    if not 0 <= number < len(buffers):
        raise StrangeMessage("no such buffer")
    return buffers[number]


def _strange(why):
    raise StrangeMessage(why)


# ---------------------------------------------------------------------------------------------- messages

def send(sock, header, buffers=(), deadline=None):
    """Write one message. header: JSON-able dict. deadline: as for `receive`."""
    text = json.dumps(header).encode()
    lengths = [len(buffer) for buffer in buffers]
    if len(text) > MAX_HEADER or text.count(b",") > MAX_VALUES or len(buffers) > MAX_BUFFERS or sum(lengths) > MAX_BYTES:
        raise CannotCross("a value that is too large to hand over")
    start = MAGIC + struct.pack(f"<II{len(buffers)}Q", len(text), len(buffers), *lengths)
    for part in (start + text, *buffers):
        _limit(sock, deadline)
        sock.sendall(part)


def receive(sock, deadline=None):
    """Read one message -> (header, buffers).

    deadline: time.monotonic() value; TimeoutError once it has passed. EOFError when the other side has gone,
    StrangeMessage when what comes is no message.
    """
    start = _read(sock, 12, deadline)
    if start[:4] != MAGIC:
        raise StrangeMessage("not a message")
    header_length, count = struct.unpack("<II", start[4:])
    if header_length > MAX_HEADER or count > MAX_BUFFERS:
        raise StrangeMessage("too large")
    lengths = struct.unpack(f"<{count}Q", _read(sock, 8 * count, deadline))
    if sum(lengths) > MAX_BYTES:
        raise StrangeMessage("too large")
    text = bytes(_read(sock, header_length, deadline))
    if text.count(b",") > MAX_VALUES:
        raise StrangeMessage("too many values")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StrangeMessage("not a header") from error
    if not isinstance(header, dict):
        raise StrangeMessage("not a header")
    return header, [_read(sock, length, deadline) for length in lengths]


def _read(sock, length, deadline):
    data, filled = bytearray(length), 0
    view = memoryview(data)
    while filled < length:
        _limit(sock, deadline)
        count = sock.recv_into(view[filled:])
        if count == 0:
            raise EOFError
        filled += count
    return data


def _limit(sock, deadline):
    """Let the next call on the socket wait no longer than until the deadline."""
    remaining = None if deadline is None else deadline - time.monotonic()
    if remaining is not None and remaining <= 0:
        raise TimeoutError
    sock.settimeout(remaining)
