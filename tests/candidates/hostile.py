"""A candidate whose every word is meant to become markup: name, reasons, stderr. Its first case is skipped, all others err."""
import json
import sys

HOSTILE = 'a|b`c``d <img src=x onerror=alert(1)> & "q" \'s\' </failure> ]]> \\| *e* [l](http://x) @who $m$ www.x.y \u0007\u0001\ufffe\r\n::error::h\n| x |'

sys.stderr.write("stderr: " + HOSTILE + "\n")
sys.stderr.flush()
skipped = False
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "hello":
        answer = {"bncheck": 1, "name": HOSTILE, "dtypes": ["float32", "float64"], "layouts": ["NCHW", "NHWC"],
                  "modes": ["train", "eval"], "passes": ["forward", "backward"]}
    elif request["op"] == "run":
        answer = {"id": request["id"], "status": "error" if skipped else "skipped", "reason": HOSTILE}
        skipped = True
    else:
        break
    print(json.dumps(answer), flush=True)
