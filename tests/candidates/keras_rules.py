#!/usr/bin/python3
"""A candidate that follows keras's rules whatever convention it is spoken to in; with --hello it says so.

    $ bncheck run --convention pytorch --candidate 'exec:tests/candidates/keras_rules.py'
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "candidates"))
import bncheck_candidate
import numpy_candidate


def forward(request):
    request.convention = "keras"
    return numpy_candidate.forward(request)


if __name__ == "__main__":
    bncheck_candidate.serve(forward, numpy_candidate.backward, name="keras's rules",
                            dtypes=("float16", "bfloat16", "float32", "float64"),
                            convention="keras" if "--hello" in sys.argv else None)
