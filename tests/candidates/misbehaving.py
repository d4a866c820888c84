#!/usr/bin/python3
"""A candidate that is right but for how it behaves, on the cases whose id matches --on.

    $ bncheck run --candidate 'exec:tests/candidates/misbehaving.py --how crash --on large'

The hello-... behaviours strike at every hello, whatever --on says.
"""

import argparse
import functools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "candidates"))
import bncheck_candidate
import numpy_candidate

FOREVER = 3600  # seconds; longer than any test, yet nothing is left behind for good if a kill misses
MEGABYTE = 1 << 20


# In place of an answer: each writes what it likes on the answers' stream, or never returns.

def crash(message, answers):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(message, answers):
    os._exit(3)


def hang(message, answers):
    child = subprocess.Popen(["sleep", str(FOREVER)])
    print(f"child {child.pid}", file=sys.stderr, flush=True)  # for a test to see that it was killed too
    time.sleep(FOREVER)


def garbage(message, answers):
    print("not json", file=answers, flush=True)


def array(message, answers):
    print("[1, 2, 3]", file=answers, flush=True)


def close_stdout(message, answers):
    answers.close()
    time.sleep(FOREVER)


def endless_line(message, answers):
    while True:  # until the tool has had enough
        answers.write("x" * MEGABYTE)


def chatter_stdout(message, answers):
    print("starting up ...", file=answers)
    print(json.dumps({"id": message["id"], "status": "ok"}), file=answers, flush=True)


INSTEAD = {"crash-child": None, "close-stdout": close_stdout, "endless-line": endless_line, "chatter-stdout": chatter_stdout,
           "crash": crash, "exit": leave, "hang": hang, "garbage": garbage, "array": array,
           "hello-garbage": garbage, "hello-silent": hang, "hello-exit": leave}


# Around a right callback: request -> outputs. What a behaviour writes itself, it takes out of the outputs.

def main_output(request):
    return "dx" if request.pass_ == "backward" else "y"


def rewritten(request, outputs, name, change):
    """Writes this output, changed after its encoding; returns the outputs that are left."""
    stored = change(bncheck_candidate.encode(name, outputs[name], request.dtype))
    bncheck_candidate.write(request.outputs[name], stored)
    return {other: value for other, value in outputs.items() if other != name}


def crash_child(message, answers):
    subprocess.Popen(["sleep", str(FOREVER)], stdout=answers)  # which keeps the stream open
    crash(message, answers)


def pipe_output(request, callback):
    outputs, name = callback(request), main_output(request)
    os.mkfifo(request.outputs[name])
    return {other: value for other, value in outputs.items() if other != name}


def loop_output(request, callback):
    outputs, name = callback(request), main_output(request)
    os.symlink(request.outputs[name], request.outputs[name])
    return {other: value for other, value in outputs.items() if other != name}


def truncated(request, callback):
    outputs, name = callback(request), main_output(request)
    outputs = rewritten(request, outputs, name, lambda stored: stored)
    os.truncate(request.outputs[name], os.path.getsize(request.outputs[name]) // 2)
    return outputs


def wrong_shape(request, callback):
    return rewritten(request, callback(request), main_output(request), np.ravel)


def wrong_dtype(request, callback):
    other = np.float64 if request.dtype == "float32" else np.float32
    return rewritten(request, callback(request), main_output(request), lambda stored: stored.astype(other))


def fortran(request, callback):
    return rewritten(request, callback(request), main_output(request), np.asfortranarray)


def big_endian(request, callback):
    outputs = callback(request)
    for name in outputs.keys() & request.outputs.keys():
        outputs = rewritten(request, outputs, name, lambda stored: stored.astype(stored.dtype.newbyteorder(">")))
    return outputs


def no_output(request, callback):
    outputs = callback(request)
    del outputs[main_output(request)]
    return outputs


def error(request, callback):
    raise RuntimeError("out of order, as asked")


def skip(request, callback):
    raise bncheck_candidate.Skip("not today, as asked")


def skip_backward(request, callback):
    return skip(request, callback) if request.pass_ == "backward" else callback(request)


def chatter_stderr(request, callback):
    line = "chatter " * 7 + "chatter\n"
    print(line * (MEGABYTE // len(line)), file=sys.stderr, flush=True)
    return callback(request)


def slow(request, callback):
    time.sleep(0.5)
    return callback(request)


INSTEAD["crash-child"] = crash_child

AROUND = {"pipe-output": pipe_output, "loop-output": loop_output, "truncated": truncated, "wrong-shape": wrong_shape, "wrong-dtype": wrong_dtype, "fortran": fortran,
          "big-endian": big_endian, "no-output": no_output, "error": error, "skip": skip,
          "skip-backward": skip_backward, "chatter-stderr": chatter_stderr, "slow": slow}


# To the answer itself, or after it.

def wrong_id(answer):
    answer["id"] = "another/case"


def long_answer(answer):
    answer["log"] = "x" * (4 * MEGABYTE)


def nothing(answer):
    pass


def deep(answer):
    answer["id"] = functools.reduce(lambda inner, _: [inner], range(100), answer["id"])


WITH = {"deep": deep, "twice": nothing, "wrong-id": wrong_id, "long-answer": long_answer, "chatter-after": nothing, "leave-after": nothing}


def main():
    parser = argparse.ArgumentParser(description="a right candidate that behaves badly")
    parser.add_argument("--how", required=True, choices=sorted([*INSTEAD, *AROUND, *WITH]), metavar="NAME")
    parser.add_argument("--on", default="", metavar="REGEX", type=re.compile, help="case ids; all if not given")
    parser.add_argument("--small", action="store_true", help="float32 alone")
    arguments = parser.parse_args()
    how = arguments.how
    right = {"forward": numpy_candidate.forward, "backward": numpy_candidate.backward}
    bad = right
    if how in AROUND:
        bad = {pass_: functools.partial(AROUND[how], callback=callback) for pass_, callback in right.items()}

    # serve(), with the misbehaviour in it
    greeting = bncheck_candidate.hello(right, f"misbehaving {how}", layouts=["NCHW", "NHWC"],
                                       dtypes=["float32"] if arguments.small else ["float16", "bfloat16", "float32", "float64"],
                                       modes=["train", "eval"])
    requests, answers = bncheck_candidate.open_protocol()
    for line in requests:
        message = json.loads(line)
        if message["op"] == "bye":
            break
        greets = message["op"] == "hello"
        strikes = how.startswith("hello-") if greets else re.search(arguments.on, message["id"]) is not None
        if strikes and how in INSTEAD and greets == how.startswith("hello-"):
            INSTEAD[how](message, answers)
            continue
        if greets:
            answer = greeting
        else:
            answer = bncheck_candidate.run(message, bad if strikes else right, greeting)
            if strikes and how in WITH:
                WITH[how](answer)
        print("\n".join([json.dumps(answer)] * (2 if strikes and how == "twice" else 1)), file=answers, flush=True)
        if strikes and how == "chatter-after":
            print("done", file=answers, flush=True)
        if strikes and how == "leave-after":
            break


if __name__ == "__main__":
    main()
