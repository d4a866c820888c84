"""Makes a candidate for bncheck out of one, two or three Python functions.

    import bncheck_candidate
    def forward(request):  return {"y": ..., "running_mean": ...}     # tensor name -> numpy array
    def backward(request): return {"dx": ..., "dgamma": ..., "dbeta": ...}
    def double_backward(request): return {"gdy": ..., "gx": ..., "ggamma": ...}
    bncheck_candidate.serve(forward, backward, double_backward)

    $ bncheck run --candidate 'exec:python3 my_candidate.py'

double_backward differentiates the backward: gdy, gx and ggamma are the gradients of <ddx, dx> + <ddgamma, dgamma>
+ <ddbeta, dbeta> with respect to dy, x and gamma.

The functions get a Request and return what they have: of that, the tensors that the request asks for are
written, in the type that it asks for. Raise Skip("reason") for a case that the implementation does not
offer; any other exception is reported as this case's error. numpy_candidate.py is an example to copy from;
this file belongs beside the copy, or its folder on PYTHONPATH.

This module speaks protocol 1: the tool writes one JSON object a line ("hello", "run" or "bye"), the
candidate answers each with one line, tensors travel as .npy files that the lines name.
"""

import collections
import functools
import io
import json
import math
import os
import sys
import traceback

import numpy as np

# What `momentum` weighs ("accumulates": it multiplies sum and count before a batch is added), whether the running
# variance takes the unbiased variance, whether that stays finite at M = 1 (M/max(M - 1, 1) instead of M/(M - 1)), and
# what is saved for the backward pass (as an inverse standard deviation where nothing is). `bncheck describe
# --conventions` has all the rules; onnx9 does not say which variance it takes.
Convention = collections.namedtuple("Convention", "weighs unbiased finite_at_one saves")
CONVENTIONS = {
    "pytorch": Convention("new", True, False, "save_invstd"),
    "tensorflow": Convention("new", True, True, "save_var"),
    "keras": Convention("old", False, True, "save_invstd"),
    "flax": Convention("old", False, True, "save_invstd"),
    "onnx": Convention("old", False, True, "save_invstd"),
    "onnx9": Convention("old", False, True, "save_var"),
    "cudnn": Convention("new", True, False, "save_invstd"),
    "miopen": Convention("new", True, True, "save_invstd"),
    "onednn": Convention("old", False, True, "save_var"),
    "caffe": Convention("accumulates", True, True, "save_invstd"),
    "mxnet": Convention("old", False, True, "save_invstd"),
    "paddle": Convention("old", False, True, "save_invstd"),
}

INPUTS = ("x", "gamma", "beta", "running_mean", "running_var", "dy",
          "save_mean", "save_invstd", "save_var", "ddx", "ddgamma", "ddbeta")
FULL_SIZE = {"x", "y", "dy", "dx", "ddx", "gx", "gdy"}  # in the case's dtype; the others are per channel


class Skip(Exception):
    """Raised by a callback: the implementation does not offer this case."""


class Request:
    """One run request.

    id, mode ("train" or "eval"), dtype, layout, eps, affine, convention: as in the case; pass_: "forward",
    "backward" or "double-backward"; training: mode == "train".
    shape: logical, N, C, spatial..., whatever the layout; count: values per channel, M = N * spatial.
    channel_axis, reduce_axes: of the arrays as they are stored, [N, C, ...] or [N, ..., C].
    momentum: a number that means what the convention says; new_weight is its plain meaning.
    num_batches_tracked: how many batches the running statistics have seen before this one.
    x, gamma, beta, running_mean, running_var, dy, save_mean, save_invstd, save_var, ddx, ddgamma, ddbeta:
    the inputs, None where absent. bfloat16 arrives as float32 (the same values), float16 as float16.
    threads: how many the implementation is to use; None: its own choice.
    outputs: tensor name -> path of the .npy file wanted.
    """

    def __init__(self, message):
        self.id = message["id"]
        self.pass_ = message["pass"]
        self.mode = message["mode"]
        self.training = self.mode == "train"
        self.dtype = message["dtype"]
        self.layout = message["layout"]
        self.shape = tuple(message["shape"])
        self.eps = message["eps"]
        self.momentum = message.get("momentum")
        self.num_batches_tracked = message.get("num_batches_tracked", 0)
        self.affine = message.get("affine", True)
        self.convention = message.get("convention")
        self.threads = message.get("threads")
        self.outputs = message["outputs"]
        rank = len(self.shape)
        self.channel_axis = 1 if self.layout == "NCHW" else rank - 1
        self.reduce_axes = tuple(axis for axis in range(rank) if axis != self.channel_axis)
        self.count = math.prod(self.shape) // self.shape[1]
        for name in INPUTS:
            path = message["inputs"].get(name)
            setattr(self, name, None if path is None else load(path, self.dtype))

    def per_channel(self, vector):
        """Reshapes a [C] vector so that it broadcasts over the stored arrays."""
        return np.reshape(vector, [-1 if axis == self.channel_axis else 1 for axis in range(len(self.shape))])

    @property
    def rules(self):
        """This convention's row of CONVENTIONS; a convention that is not there is skipped."""
        if self.convention not in CONVENTIONS:
            raise Skip(f"no running statistics in convention {self.convention} here")
        return CONVENTIONS[self.convention]

    @property
    def new_weight(self):
        """w in running = (1 - w) * running + w * batch."""
        if self.rules.weighs == "new":
            return self.momentum
        if self.rules.weighs == "old":
            return 1 - self.momentum
        # 1 / (1 + momentum + ... + momentum**num_batches_tracked)
        batches = self.num_batches_tracked + 1
        if self.momentum in (0, 1) or batches == 1:
            return 1 / batches if self.momentum == 1 else 1.0
        return (1 - self.momentum) / -math.expm1(batches * math.log(self.momentum))

    @property
    def unbiased(self):
        """Whether running_var is updated with the unbiased variance."""
        return self.rules.unbiased

    @property
    def running_var_factor(self):
        """What the biased variance is multiplied by before it updates running_var; may be infinite at M = 1."""
        if not self.unbiased:
            return 1.0
        divisor = max(self.count - 1, 1) if self.rules.finite_at_one else self.count - 1
        return self.count / divisor if divisor else math.inf


def decode_bfloat16(bits):
    """float32 values of bfloat16 bit patterns: the upper half of a float32's bits."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def encode_bfloat16(values):
    """bfloat16 bit patterns of float32 or float64 values, rounded once, to nearest even; NaN stays NaN.

    float64 goes to float32 by rounding to odd (truncate, then set the last bit if anything was lost), which
    makes the second rounding right (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums:
    proved algorithms using rounding to odd", IEEE Transactions on Computers 57(4), 2008).
    """
    values = np.asarray(values, dtype=np.float64)
    nearest = values.astype(np.float32)
    bits = nearest.view(np.uint32) - (np.abs(nearest) > np.abs(values))
    bits = bits | (nearest != values)
    bits = bits.astype(np.uint64) + 0x7FFF + ((bits >> 16) & 1)
    return np.where(np.isnan(values), 0x7FC0, bits >> 16).astype("<u2")


@functools.lru_cache
def read_header(header):
    """(shape, whether in Fortran order, dtype) of a .npy header of format 1.0. numpy takes longer to read a header than to
    compute a small case, and the same few come again and again."""
    return np.lib.format.read_array_header_1_0(io.BytesIO(header))


def load(path, dtype):
    """The array in a .npy file, as the tool writes it, of a case of this dtype."""
    with open(path, "rb") as file:
        contents = bytearray(file.read())  # writable, and so is the array
    begin = 10 + int.from_bytes(contents[8:10], "little")
    shape, fortran_order, stored = read_header(bytes(contents[8:begin]))
    array = np.frombuffer(contents, stored, offset=begin).reshape(shape, order="F" if fortran_order else "C")
    return decode_bfloat16(array) if dtype == "bfloat16" and array.dtype.kind == "u" else array


def encode(name, array, dtype):
    """The array as its file stores it: C order, little endian, in the type of this tensor in a case of this dtype."""
    with np.errstate(all="ignore"):  # an overflow to infinity is for the tool to judge
        if dtype == "bfloat16" and name in FULL_SIZE:
            stored = encode_bfloat16(array)
        elif dtype == "float16" and name in FULL_SIZE:
            stored = np.asarray(array).astype("<f2")
        else:
            stored = np.asarray(array).astype("<f8" if dtype == "float64" else "<f4")
    return np.asarray(stored, order="C")


def write(path, array):
    """Writes the .npy file with exactly this name: given a name, np.save might append to it."""
    with open(path, "wb") as file:
        np.save(file, array)


def open_protocol():
    """(lines from the tool, stream to the tool), on private descriptors.

    From here on descriptor 1 is stderr and descriptor 0 is empty, so that neither print() nor a library or
    child process can speak in the candidate's name or swallow a request.
    """
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def hello(callbacks, name=None, **keys):
    """The answer to "hello". Keys that are None are left out, which means "not supported" or "not said"."""
    answer = {"bncheck": 1, "name": name or os.path.basename(sys.argv[0]),
              "passes": [pass_ for pass_, callback in callbacks.items() if callback], **keys}
    return {key: value for key, value in answer.items() if value is not None}


def run(message, callbacks, greeting):
    """The answer to "run": calls back, writes the outputs. What the greeting does not list is skipped."""
    answer = {"id": message.get("id")}
    try:
        for key, listed in (("pass", "passes"), ("dtype", "dtypes"), ("layout", "layouts"), ("mode", "modes")):
            if message[key] not in greeting[listed]:
                raise Skip(f"no {key} {message[key]} here")
        callback = callbacks[message["pass"]]
        request = Request(message)
        outputs = callback(request)
        for name in outputs.keys() & request.outputs.keys():
            write(request.outputs[name], encode(name, outputs[name], request.dtype))
        return {**answer, "status": "ok"}
    except Skip as reason:
        return {**answer, "status": "skipped", "reason": " ".join(str(reason).split())}
    except Exception as error:
        traceback.print_exc()
        return {**answer, "status": "error", "reason": " ".join(f"{type(error).__name__}: {error}".split())}


def serve(forward, backward=None, double_backward=None, *, name=None, dtypes=("float32", "float64"),
          layouts=("NCHW", "NHWC"), modes=("train", "eval"), convention=None, **extra_hello):
    """Answers the tool until it says bye or closes the stream.

    forward, backward, double_backward: callables, Request -> {tensor name: array}; None: not supported.
    name: what reports call the candidate, by default the script's name. dtypes, layouts, modes: supported
    ones. convention: the one to be spoken to in, by default each case's own. extra_hello: further keys
    of the hello answer, such as ftz=True.
    """
    callbacks = {"forward": forward, "backward": backward, "double-backward": double_backward}
    greeting = hello(callbacks, name, dtypes=list(dtypes), layouts=list(layouts), modes=list(modes),
                     convention=convention, **extra_hello)
    requests, answers = open_protocol()
    for line in requests:
        message = json.loads(line)
        if message["op"] == "bye":
            break
        answer = greeting if message["op"] == "hello" else run(message, callbacks, greeting)
        print(json.dumps(answer), file=answers, flush=True)
