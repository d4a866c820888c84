#!/usr/bin/python3
"""Computes the outputs of exported cases with the functions of numpy_candidate.py, and saves them in every way that numpy
and NEP 1 know: folder or archive, C or Fortran order, either endianness, format versions 1 to 3.

    $ bncheck export smoke DIR && saved_outputs.py DIR && bncheck run smoke --candidate saved:DIR

--plain saves every array with numpy.save, as a user would. With --only NAME,... no other tensors are saved.
"""

import argparse
import json
import os
import pathlib
import random
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "candidates"))
import bncheck_candidate
import numpy_candidate

FUNCTIONS = {"forward": numpy_candidate.forward, "backward": numpy_candidate.backward,
             "double-backward": numpy_candidate.double_backward}


class Inputs:
    """The arrays that case.json names, by name."""

    def __init__(self, folder, case):
        self.files = case["inputs"]
        self.folder = folder
        self.archive = np.load(folder / case["inputs_archive"]) if "inputs_archive" in case else None

    def __contains__(self, name):
        return name in self.files

    def __getitem__(self, name):
        return self.archive[name] if self.archive is not None else np.load(self.folder / self.files[name])


def request(case, pass_, step, inputs):
    """A request as the protocol would make it; its inputs are arrays, which bncheck_candidate.load() takes as they are."""
    return bncheck_candidate.Request({**case, "pass": pass_, "momentum": step["momentum"], "outputs": {}, "inputs": inputs})


def outputs_of(case, arrays):
    """tensor -> array as it is to be stored, of every output that the case wants."""
    found, names = {}, ["gamma", "beta", "running_mean", "running_var"]
    fixed = {name: arrays[name] for name in names if name in arrays}
    if "forward" in case["outputs"]:
        carried = dict(fixed)
        for step in case["steps"]:
            asked = request(case, "forward", step, {**carried, "x": arrays[step["x"]]})
            outputs = numpy_candidate.forward(asked)
            for name in ("running_mean", "running_var"):
                if name in outputs:
                    carried[name] = bncheck_candidate.encode(name, outputs[name], case["dtype"])
        found["forward"] = outputs
    for pass_ in ("backward", "double-backward"):
        if pass_ in case["outputs"]:
            step = case["steps"][-1]
            inputs = {**fixed, "x": arrays[step["x"]],
                      **{name: arrays[name] for name in ("dy", "ddx", "ddgamma", "ddbeta") if name in arrays}}
            found[pass_] = FUNCTIONS[pass_](request(case, pass_, step, inputs))
    return {name: bncheck_candidate.encode(name, found[pass_][name], case["dtype"])
            for pass_, wanted in case["outputs"].items() for name in wanted if name in found[pass_]}


def write_npy(file, array, version):
    """The .npy bytes, in a format version that numpy.save would not choose for it."""
    header = repr({"descr": array.dtype.str, "fortran_order": bool(array.flags.f_contiguous and not array.flags.c_contiguous),
                   "shape": array.shape}).encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    file.write(b"\x93NUMPY" + bytes([version, 0]) + length + header + array.tobytes(order="A"))


def save(folder, arrays, plain, chance):
    """Into folder/NAME.npy, or beside it into FOLDER.npz."""
    if plain:
        for name, array in arrays.items():
            np.save(folder / (name + ".npy"), array)
        return
    if chance.random() < 0.4:
        chance.choice([np.savez, np.savez_compressed])(str(folder) + ".npz", **{
            name: chance.choice([array, np.asfortranarray(array), array.astype(array.dtype.newbyteorder(">"))])
            for name, array in arrays.items()})
        return
    for name, array in arrays.items():
        stored = array.astype(array.dtype.newbyteorder(chance.choice("<>")), order=chance.choice("CF"))
        if stored.dtype.kind == "u" and chance.random() < 0.5:
            stored = stored.view("V2") if stored.dtype.byteorder != ">" else stored  # as ml_dtypes' bfloat16 is saved
        with open(folder / (name + ".npy"), "wb") as file:
            write_npy(file, stored, chance.choice([1, 2, 3]))


def main():
    parser = argparse.ArgumentParser(description="saves the outputs of exported cases")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    bncheck_candidate.load = lambda array, dtype: (
        bncheck_candidate.decode_bfloat16(array) if dtype == "bfloat16" and array.dtype.kind == "u" else array)
    for path in sorted(arguments.root.glob("*/*/inputs/case.json")):
        case = json.loads(path.read_text())
        arrays = outputs_of(case, Inputs(path.parent, case))
        for pass_ in case["outputs"].values():
            for name, wanted in pass_.items():
                assert arrays[name].dtype.str == wanted["numpy"] and list(arrays[name].shape) == wanted["shape"]
        if arguments.only:
            arrays = {name: array for name, array in arrays.items() if name in arguments.only}
        save(path.parent.parent, arrays, arguments.plain, chance)


if __name__ == "__main__":
    main()
