"""The action for GitHub and the template for GitLab: their structure, and what their scripts do.

    /usr/bin/python3 tests/ci_test.py structure|scripts BNCHECK SOURCE_DIR

The structure is checked by rules of which each is seen to find its fault. The scripts are run as the runners would, but for
what comes from the network. Exit 77: what is needed is missing.
"""
import copy
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError as error:
    print(f"skipped: {error}: install python3-yaml")
    sys.exit(77)

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def syntax_fault(text):
    answer = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
    return answer.stderr if answer.returncode else None


def expressions(value):
    """Those of a value and all within it; `if` is one without its braces."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = EXPRESSION.findall(value) if isinstance(value, str) else [value["if"]] if isinstance(value, dict) and "if" in value else []
    return own + [expression for item in inner for expression in expressions(item)]


def step_outputs(step):
    """The names that a step writes; None where the action that it uses decides."""
    return None if "uses" in step else set(re.findall(r'echo "([a-z-]+)=', step["run"]))


def action_faults(action):
    """What is wrong with a composite action; empty where nothing is."""
    faults = []
    inputs, outputs, steps = action.get("inputs", {}), action.get("outputs", {}), action.get("runs", {}).get("steps", [])
    if action.get("runs", {}).get("using") != "composite":
        faults.append("is not composite")
    if not steps:
        faults.append("has no steps")
    for key in ("name", "description", "runs"):
        if key not in action:
            faults.append(f"has no {key}")
    for what, described in (("input", inputs), ("output", outputs)):
        faults += [f"{what} {name} has no description" for name, entry in described.items() if not entry.get("description")]
    for name, entry in inputs.items():
        if entry.get("required", False) == ("default" in entry):
            faults.append(f"input {name} must be either required or have a default")
    used, seen = set(), {}

    def look(value, where):
        for expression in expressions(value):
            for name in re.findall(r"inputs\.([a-z-]+)", expression):
                used.add(name)
                if name not in inputs:
                    faults.append(f"{where} takes an unknown input {name}")
            for step, name in re.findall(r"steps\.([a-z-]+)\.outputs\.([a-z-]+)", expression):
                if step not in seen:
                    faults.append(f"{where} takes an output of {step}, which no step before is called")
                elif seen[step] is not None and name not in seen[step]:
                    faults.append(f"{where} takes {name}, which {step} does not write")

    for i, step in enumerate(steps):
        where = f"step {step.get('id', i)}"
        if ("run" in step) == ("uses" in step):
            faults.append(f"{where} must have one of run and uses")
            continue
        if "run" in step:
            if step.get("shell") != "bash":
                faults.append(f"{where} has no shell")
            if expressions(step["run"]):
                faults.append(f"{where} puts an expression into its script, where it could be any command")
            if fault := syntax_fault(step["run"]):
                faults.append(f"{where}: {fault}")
        elif not re.fullmatch(r"[\w.-]+/[\w./-]+@v?[\w.]+", step["uses"]):
            faults.append(f"{where} uses {step['uses']} without a version")
        look({key: value for key, value in step.items() if key != "run"}, where)
        if "id" in step:
            seen[step["id"]] = step_outputs(step)
    look({name: entry.get("value") for name, entry in outputs.items()}, "an output")
    faults += [f"input {name} is not used" for name in inputs if name not in used]
    return faults


def gitlab_faults(template):
    """What is wrong with a template of jobs; empty where nothing is."""
    faults, seen = [], []
    jobs = {name: job for name, job in template.items() if name not in ("variables", "stages", "include")}
    for name, job in jobs.items():
        whole = {**jobs.get(job.get("extends"), {}), **job}
        if job.get("extends", name) not in jobs:
            faults.append(f"{name} extends {job['extends']}, which is not there")
        if not name.startswith("."):
            faults += [f"{name} has no {key}" for key in ("image", "stage", "script") if key not in whole]
        faults += [f"{name} needs {need}, which no job before is called" for need in whole.get("needs", []) if need not in seen]
        lines = whole.get("before_script", []) + whole.get("script", [])
        if not all(isinstance(line, str) for line in lines):
            faults.append(f"{name} has a line that YAML does not read as text")
        elif fault := syntax_fault("\n".join(lines)):
            faults.append(f"{name}: {fault}")
        for variable in re.findall(r"\$\{?(BNCHECK_[A-Z]+)", yaml.dump(whole)):
            if variable not in template["variables"]:
                faults.append(f"{name} takes {variable}, which is not set")
        seen.append(name)
    return faults


def changed(document, change):
    result = copy.deepcopy(document)
    change(result)
    return result


def check_structure(source, action, template):
    assert action_faults(action) == [], action_faults(action)
    assert gitlab_faults(template) == [], gitlab_faults(template)
    run = len(action["runs"]["steps"]) - 1
    for text, change in {
        "is not composite": lambda a: a["runs"].update(using="node20"),
        "has no steps": lambda a: a["runs"].update(steps=[]),
        "has no description": lambda a: a.pop("description"),
        "input args has no description": lambda a: a["inputs"]["args"].pop("description"),
        "either required": lambda a: a["inputs"]["args"].pop("default"),
        "unknown input suite": lambda a: a["runs"]["steps"][run]["env"].update(SUITES="${{ inputs.suite }}"),
        "input suites is not used": lambda a: a["runs"]["steps"][run]["env"].pop("SUITES"),
        "no step before": lambda a: a["runs"]["steps"][0].update(env={"A": "${{ steps.run.outputs.exit-code }}"}),
        "step build takes an output of other": lambda a: a["runs"]["steps"][2].update({"if": "steps.other.outputs.cache-hit"}),
        "does not write": lambda a: a["outputs"]["reports"].update(value="${{ steps.run.outputs.folder }}"),
        "one of run and uses": lambda a: a["runs"]["steps"][run].update(uses="actions/cache@v4"),
        "has no shell": lambda a: a["runs"]["steps"][run].pop("shell"),
        "any command": lambda a: a["runs"]["steps"][run].update(run="bncheck run ${{ inputs.args }}"),
        "without a version": lambda a: a["runs"]["steps"][1].update(uses="actions/cache"),
        "syntax error": lambda a: a["runs"]["steps"][run].update(run="if true; then"),
    }.items():
        faults = action_faults(changed(action, change))
        assert any(text in fault for fault in faults), f"'{text}' is not found: {faults}"
    for text, change in {
        "extends .other": lambda t: t["bncheck:run"].update(extends=".other"),
        "has no image": lambda t: t["bncheck:package"].pop("image"),
        "no job before": lambda t: t["bncheck:run"].update(needs=["bncheck:verdict"]),
        "does not read as text": lambda t: t["bncheck:run"].update(script=[{"echo a": "b"}]),
        "syntax error": lambda t: t["bncheck:run"].update(script=["if true; then"]),
        "BNCHECK_SUITES, which is not set": lambda t: t["variables"].pop("BNCHECK_SUITES"),
    }.items():
        faults = gitlab_faults(changed(template, change))
        assert any(text in fault for fault in faults), f"'{text}' is not found: {faults}"

    # What the README shows fits what is there.
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", (source / "README.md").read_text(), re.S)]
    steps = [s for block in blocks for job in block.get("jobs", {}).values() for s in job["steps"] if "scripts/ci/github" in s.get("uses", "")]
    assert steps, "the README shows no use of the action"
    for step in steps:
        required = {name for name, entry in action["inputs"].items() if entry.get("required")}
        assert required <= set(step["with"]) <= set(action["inputs"]), step
    included = [block for block in blocks if "include" in block]
    assert included, "the README shows no use of the template"
    for block in included:
        assert set(block["variables"]) <= set(template["variables"]), block
        assert (source / block["include"][0]["file"].strip("/")).is_file(), block


def run(script, folder, environment):
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=folder, timeout=600,
                          env={**os.environ, "PATH": path, **environment}, capture_output=True, text=True)


def written(file):
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def check_place(step, source, folder):
    """The cache's key follows the sources, and other systems are refused."""
    outputs = folder / "outputs"

    def place(top):
        outputs.write_text("")
        answer = run(step["run"], folder, {"GITHUB_ACTION_PATH": str(top / "scripts/ci/github"), "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(outputs)})
        return answer, written(outputs)

    system = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    answer, first = place(source)
    if (system.get("ID"), system.get("VERSION_ID", "").strip('"')) != ("debian", "12"):
        assert answer.returncode == 2 and "container: debian:12" in answer.stdout, answer
        return
    assert answer.returncode == 0, answer
    assert first["packages"] == f"{folder}/bncheck-packages" and re.fullmatch(r"bncheck-debian-12-\w+-[0-9a-f]{64}", first["key"]), first
    copied = folder / "copied"
    (copied / "scripts/ci/github").mkdir(parents=True)
    for name in ("CMakeLists.txt", "CMakePresets.json", "LICENSE"):
        (copied / name).write_bytes((source / name).read_bytes())
    for name in ("cases", "lib", "tool"):
        subprocess.run(["cp", "-r", source / name, copied], check=True)
    key = place(copied)[1]["key"]
    assert place(copied)[1]["key"] == key
    (copied / "lib/bncheck/plugin.h").write_text("")
    assert place(copied)[1]["key"] != key


def check_github_run(step, folder):
    def act(**values):
        (folder / "outputs").write_text("")
        inputs = {"CANDIDATE": "builtin:fast", "SUITES": "smoke", "ARGS": "", "KNOWN_FAILURES": "", "REPORTS": "some reports", **values}
        assert set(step["env"]) <= set(inputs)
        environment = {"GITHUB_OUTPUT": str(folder / "outputs"), "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary")}
        answer = run(step["run"], folder, {**inputs, **environment})
        return answer, written(folder / "outputs")

    answer, outputs = act(SUITES="smoke\n  lattice", ARGS="--strict -k 'smoke/known-answer|lattice/.*2x1'")
    assert answer.returncode == 0 and outputs == {"exit-code": "0", "reports": "some reports"}, (answer, outputs)
    report = json.loads((folder / "some reports/bncheck.json").read_text())
    assert report["summary"]["verdict"] == "pass" and report["options"]["strict"], report["summary"]
    assert {case["id"].split("/")[0] for case in report["cases"]} == {"smoke", "lattice"}
    assert (folder / "some reports/bncheck.xml").is_file() and (folder / "some reports/bncheck.html").is_file()

    answer, outputs = act(CANDIDATE="builtin:textbook", SUITES="conditioning")
    assert answer.returncode == 1 and outputs["exit-code"] == "1", (answer, outputs)
    answer, outputs = act(ARGS="-k $(touch${IFS}injected)")
    assert outputs["exit-code"] in ("2", "4") and not (folder / "injected").exists(), (answer, outputs)
    answer, outputs = act(KNOWN_FAILURES="no such file.json")
    assert outputs["exit-code"] == "2" and "no such file.json" in answer.stderr, (answer, outputs)
    answer, outputs = act(ARGS="-k 'open")
    assert answer.returncode and not outputs and "quote" in answer.stderr, answer


def check_gitlab_run(template, folder):
    def job(name, **variables):
        return run("\n".join(template[name]["script"]), folder, {**template["variables"], **variables})

    def pipeline(candidate, suites):
        for report in folder.glob("bncheck*.*"):
            report.unlink()
        shards = template["bncheck:run"]["parallel"]
        for index in range(1, shards + 1):
            answer = job("bncheck:run", BNCHECK_CANDIDATE=candidate, BNCHECK_SUITES=suites, CI_NODE_INDEX=str(index), CI_NODE_TOTAL=str(shards), GITLAB_CI="true")
            if answer.returncode:
                return answer
        return job("bncheck:verdict")

    assert pipeline("builtin:fast", "smoke lattice").returncode == 0
    answer = pipeline("builtin:textbook", "conditioning")
    assert answer.returncode == 1, answer
    assert json.loads((folder / "bncheck.json").read_text())["summary"]["verdict"] == "fail"
    for kind in ("bncheck.xml", "bncheck.html"):
        assert (folder / kind).stat().st_size > 0
    answer = pipeline("builtin:none", "smoke")
    assert answer.returncode != 0 and "there is no builtin 'none'" in answer.stderr and not (folder / "bncheck-shard-1.json").exists(), answer


def main():
    assert len(sys.argv) == 4, __doc__
    what, binary, source = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    action = yaml.safe_load((source / "scripts/ci/github/action.yml").read_text())
    template = yaml.safe_load((source / "scripts/ci/gitlab/bncheck.yml").read_text())
    if what == "structure":
        check_structure(source, action, template)
        return
    steps = {step["id"]: step for step in action["runs"]["steps"]}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "bncheck").write_text(f'#!/bin/sh\nexec {shlex.quote(binary)} "$@"\n')
        (folder / "bncheck").chmod(0o755)
        check_place(steps["place"], source, folder)
        helps = "".join(subprocess.run([binary, *words], capture_output=True, text=True).stdout for words in (["run", "--help"], ["--help"]))
        missing = [word for word in ("--junit", "--html", "merge", "report") if not re.search(rf"^  {word} ", helps, re.M)]
        if missing:
            print(f"skipped: this bncheck has no {', '.join(missing)}")
            sys.exit(77)
        check_github_run(steps["run"], folder)
        check_gitlab_run(template, folder)


if __name__ == "__main__":
    main()
