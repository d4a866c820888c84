#!/usr/bin/python3
"""A candidate with exactly one planted bug; everything else is numpy_candidate's.

    $ bncheck run --candidate 'exec:tests/candidates/wrong.py --bug dx-no-mean-term'

A bug shows only where the case can show it: the dx terms in training, gamma-wrong-axis where C equals the
first spatial length, biased-running-variance in conventions that take the unbiased one.
"""

import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "candidates"))
import bncheck_candidate
import numpy_candidate

right_forward, right_backward = numpy_candidate.forward, numpy_candidate.backward
right_statistics, right_inverse_stddev = numpy_candidate.statistics, numpy_candidate.inverse_stddev
right_scale = numpy_candidate.scale

BUGS = {}  # name -> what it replaces: building blocks of numpy_candidate, or a whole pass


def bug(name, replaces):
    def register(function):
        BUGS[name] = {replaces: function}
        return function
    return register


# Bugs in a building block: forward and backward agree with each other, as they would in a real kernel.

@bug("eps-outside-root", replaces="inverse_stddev")
def eps_outside_root(request, variance):
    return 1 / (np.sqrt(variance) + request.eps)


@bug("unbiased-variance-in-y", replaces="inverse_stddev")
def unbiased_variance_in_y(request, variance):
    m = request.count
    return right_inverse_stddev(request, variance * np.float64(m) / (m - 1) if request.training else variance)


@bug("last-element-not-in-mean", replaces="statistics")
def last_element_not_in_mean(request):
    mean, variance = right_statistics(request)
    if request.training:
        x = np.moveaxis(request.x, request.channel_axis, 0).reshape(request.shape[1], -1).astype(np.float64)
        mean = mean - x[:, -1] / request.count
        variance = np.square(x - mean[:, np.newaxis]).mean(axis=1)
    return mean, variance


@bug("gamma-wrong-axis", replaces="scale")
def gamma_wrong_axis(request):
    shape = request.shape
    if not request.affine or request.layout != "NCHW" or len(shape) < 3 or shape[2] != shape[1]:
        return right_scale(request)
    return request.gamma.astype(np.float64).reshape([-1 if axis == 2 else 1 for axis in range(len(shape))])


# Bugs in forward.

@bug("biased-running-variance", replaces="forward")
def biased_running_variance(request):
    outputs = right_forward(request)
    if request.training and request.running_var is not None:
        w = request.new_weight
        outputs["running_var"] = (1 - w) * request.running_var.astype(np.float64) + w * outputs["save_var"]
    return outputs


@bug("momentum-swapped", replaces="forward")
def momentum_swapped(request):
    request.momentum = 1 - request.momentum
    return right_forward(request)


@bug("running-updated-in-eval", replaces="forward")
def running_updated_in_eval(request):
    outputs = right_forward(request)
    if not request.training:
        request.training = True
        updated = right_forward(request)
        outputs.update(running_mean=updated["running_mean"], running_var=updated["running_var"])
    return outputs


@bug("y-scaled", replaces="forward")
def y_scaled(request):
    outputs = right_forward(request)
    outputs["y"] *= 1 + 1e-5
    return outputs


@bug("nan-in-y", replaces="forward")
def nan_in_y(request):
    outputs = right_forward(request)
    outputs["y"].flat[outputs["y"].size // 2] = np.nan
    return outputs


@bug("last-element-not-written", replaces="forward")
def last_element_not_written(request):
    outputs = right_forward(request)
    outputs["y"].flat[-1] = 0
    return outputs


# Bugs in backward.

def dx_with(request, mean_term, xhat_term):
    """The right gradients, but dx with these of its two correction terms."""
    outputs = right_backward(request)
    if request.training:
        xhat, _, _, invstd = numpy_candidate.normalised(request)
        dx = request.dy.astype(np.float64)
        if mean_term:
            dx = dx - request.per_channel(outputs["dbeta"] / request.count)
        if xhat_term:
            dx = dx - xhat * request.per_channel(outputs["dgamma"] / request.count)
        outputs["dx"] = numpy_candidate.scale(request) * request.per_channel(invstd) * dx
    return outputs


@bug("dx-no-mean-term", replaces="backward")
def dx_no_mean_term(request):
    return dx_with(request, mean_term=False, xhat_term=True)


@bug("dx-no-xhat-term", replaces="backward")
def dx_no_xhat_term(request):
    return dx_with(request, mean_term=True, xhat_term=False)


@bug("dx-zero", replaces="backward")
def dx_zero(request):
    outputs = right_backward(request)
    return {**outputs, "dx": np.zeros_like(outputs["dx"])}


@bug("dx-negated", replaces="backward")
def dx_negated(request):
    outputs = right_backward(request)
    return {**outputs, "dx": -outputs["dx"]}


@bug("dgamma-dbeta-swapped", replaces="backward")
def dgamma_dbeta_swapped(request):
    outputs = right_backward(request)
    return {**outputs, "dgamma": outputs["dbeta"], "dbeta": outputs["dgamma"]}


BUGS["none"] = {}


def main():
    parser = argparse.ArgumentParser(description="a candidate with one planted bug")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--bug", choices=sorted(BUGS), metavar="NAME")
    choice.add_argument("--list", action="store_true", help="print the names of the bugs")
    arguments = parser.parse_args()
    if arguments.list:
        print(*sorted(BUGS), sep="\n")
        return
    for name, function in BUGS[arguments.bug].items():
        setattr(numpy_candidate, name, np.errstate(all="ignore")(function))
    bncheck_candidate.serve(numpy_candidate.forward, numpy_candidate.backward, name=f"wrong {arguments.bug}",
                            dtypes=("float16", "bfloat16", "float32", "float64"))


if __name__ == "__main__":
    main()
