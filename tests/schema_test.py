"""The published schemas against every shipped case file, every bad one, a report of all suites, gradcheck's reports and the derivation's.

    /usr/bin/python3 tests/schema_test.py BNCHECK SOURCE_DIR

The schema must accept exactly what it should: each case of each suite is accepted as it stands, and refused once an
unknown key is added at any level, or any value is replaced by one of another type. Exit 77: jsonschema is missing.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def refuse_constant(text):
    raise ValueError(f"{text} is not JSON")


def refuse_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"duplicate key in {keys}")
    return dict(pairs)


def strict_json(data):
    """Parses what RFC 8259 allows and no more; raises ValueError (of which UnicodeDecodeError is one)."""
    return json.loads(data.decode("utf-8"), parse_constant=refuse_constant, object_pairs_hook=refuse_duplicates)


def run(binary, *arguments):
    return subprocess.run([binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)


def published_schema(binary, name):
    answer = run(binary, "schema", name)
    assert answer.returncode == 0, f"schema {name} exits {answer.returncode}: {answer.stderr.decode()}"
    schema = strict_json(answer.stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def first_error(validator, document):
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return None if error is None else f"/{'/'.join(map(str, error.absolute_path))}: {error.message}"


def places(value, path=()):
    """Every path in a document with the value there, the document itself first."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, path + (key,))


def replaced(document, path, value):
    copied = copy.deepcopy(document)
    parent = copied
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return copied


def other_types(value):
    """Values of types that no place holding `value` may take: an object that no key is known of for a list, else a
    list of a list; a boolean, or 1 for a boolean. (A number may stand for a string: "7/3" is a number here.)"""
    if isinstance(value, list):
        return [{"unknown-key": 1}, True]
    return [[[]], 1 if isinstance(value, bool) else True]


def mutants(document, open_objects=()):
    """(what was done, document) for an unknown key in every object and another type in every place."""
    for path, value in places(document):
        if path and path[0] in open_objects:
            continue
        where = "/" + "/".join(map(str, path))
        if isinstance(value, dict):
            yield f"unknown key in {where}", replaced(document, path + ("unknown-key",), 1)
        if path:
            for other in other_types(value):
                yield f"{where} = {json.dumps(other)}", replaced(document, path, other)


def accepts_shipped_cases(validator, source):
    files = sorted((source / "cases").glob("*.json"))
    assert files, f"no case files in {source / 'cases'}"
    tried = 0
    for file in files:
        suite = strict_json(file.read_bytes())
        error = first_error(validator, suite)
        assert error is None, f"{file.name} is refused: {error}"
        for case in suite["cases"]:
            alone = {**suite, "cases": [case]}
            for what, mutant in mutants(alone):
                tried += 1
                assert not validator.is_valid(mutant), f"{file.name}, case {case['name']}: accepted with {what}"
    print(f"suite schema: {len(files)} files accepted, {tried} mutants refused")


def refuses_bad_cases(validator, source):
    folder = source / "tests" / "bad_cases"
    index = strict_json((folder / "index.json").read_bytes())
    files = {file.name for file in folder.glob("*.json")} - {"index.json"}
    assert files == set(index), f"index.json and the folder differ in {sorted(files ^ set(index))}"
    left = 0
    for name, expected in index.items():
        try:
            refused = not validator.is_valid(strict_json((folder / name).read_bytes()))
        except ValueError:
            refused = True
        assert refused == expected["schema"], f"{name}: {'refused' if refused else 'accepted'} by the schema"
        left += not refused
    print(f"suite schema: {len(index) - left} bad files refused, {left} left to the program")


def accepts_report(binary, validator):
    # With every check, mode and type; the others have no other keys.
    answer = run(binary, "run", "smoke", "edge", "properties", "determinism", "--json", "-")
    assert answer.returncode in (0, 1), f"the run exits {answer.returncode}: {answer.stderr.decode()[-2000:]}"
    report = strict_json(answer.stdout)
    error = first_error(validator, report)
    assert error is None, f"the report is refused: {error}"
    assert report["cases"], "the report has no cases"
    assert report["summary"]["cases"] == len(report["cases"]), "summary.cases is not the number of cases"
    checks = sum(len(case["checks"]) for case in report["cases"])
    assert report["summary"]["checks"] == checks, f"summary.checks is not {checks}"
    ids = [case["id"] for case in report["cases"]]
    assert len(set(ids)) == len(ids), "case ids repeat"

    # One case of each combination of keys is enough to try the schema's own strictness on.
    kinds = {}
    for case in report["cases"]:
        kinds.setdefault(tuple(sorted(str(path[-1]) for path, _ in places(case) if path)), case)
    tried = 0
    for case in list(kinds.values())[:15]:
        alone = {**report, "cases": [case], "suites": report.get("suites", [])[:1], "environment": {}}
        for path, value in places(alone):
            if isinstance(value, dict) and path[:1] != ("environment",):
                tried += 1
                mutant = replaced(alone, path + ("unknown-key",), 1)
                assert not validator.is_valid(mutant), f"report accepted with an unknown key in /{'/'.join(map(str, path))}"
    print(f"report schema: {len(ids)} cases accepted, {tried} mutants refused")


def wrong_gradient_keys(report):
    """(what, report) for the keys that gradcheck alone writes: each of another type, of another name, or too few."""
    keys = {"method", "sample", "evaluations", "slope", "h", "remainder", "allowed", "by", "analytic", "numeric",
            "estimated_error", "full"}
    seen = set()
    for path, value in places(report):
        if path[:1] == ("environment",) or not path:
            continue
        where = "/".join(map(str, path))
        if path[-1] in keys:
            seen.add(path[-1])
            for other in other_types(value):
                yield f"/{where} = {json.dumps(other)}", replaced(report, path, other)
        if path[-1] == "method":
            yield f"/{where} of no such name", replaced(report, path, "guess")
        if path[-1] in ("evaluations", "by") and type(value) is int:
            yield f"/{where} negative", replaced(report, path, -1)
        if path[-2:-1] == ("curve",):
            for key in value:
                yield f"/{where} without {key}", replaced(report, path, {k: v for k, v in value.items() if k != key})
        if path[-2:-1] == ("curve",) or path[-1] == "worst" and value is not None:
            yield f"/{where} with an unknown key", replaced(report, path, {**value, "unknown-key": 1})
    assert seen == keys, f"no report of gradcheck has {sorted(keys - seen)}"


def accepts_gradcheck_reports(binary, validator):
    right = ("--shape", "4,3,5", "--full")
    wrong = (*right, "--dtype", "float64", "--x", "normal:mean=1e6", "--candidate", "builtin:textbook")
    tried = 0
    for code, arguments in ((0, ("gradient", "--full")), (0, right), (1, wrong), (1, wrong[:2] + wrong[3:])):
        answer = run(binary, "gradcheck", *arguments, "--json", "-")
        assert answer.returncode == code, f"gradcheck {arguments} exits {answer.returncode}: {answer.stderr.decode()[-2000:]}"
        report = strict_json(answer.stdout)
        error = first_error(validator, report)
        assert error is None, f"the report of gradcheck {arguments} is refused: {error}"
        assert report["cases"], f"the report of gradcheck {arguments} has no cases"
        failing = [check for case in report["cases"] for check in case["checks"] if check["verdict"] == "fail"]
        assert bool(failing) == (code == 1), f"gradcheck {arguments}: {len(failing)} checks fail"
        if arguments == right:
            for what, mutant in wrong_gradient_keys(report):
                tried += 1
                assert not validator.is_valid(mutant), f"report of gradcheck accepted with {what}"
    print(f"report schema: gradcheck's reports accepted, {tried} mutants refused")


def accepts_arrangements(binary, validator):
    answer = run(binary, "run", "--shape", "4,3", "--checks", "derivation", "--json", "-")
    assert answer.returncode == 0, f"run --checks derivation exits {answer.returncode}: {answer.stderr.decode()[-2000:]}"
    report = strict_json(answer.stdout)
    error = first_error(validator, report)
    assert error is None, f"the report of the derivation is refused: {error}"
    path = ("cases", 0, "checks", 0, "arrangements")
    figures = report["cases"][0]["checks"][0]["arrangements"]
    assert [one["name"] for one in figures] == ["staged", "closed form", "paper", "pytorch", "onednn", "tensorflow"]
    first = path + (0,)
    mutants_of_one = [(path, []), (first, {"name": "staged"}), (first, {"max_error": 0}), (first + ("name",), "guess"),
                      (first + ("max_error",), -1e-9), (first + ("max_error",), "nan"), (first + ("max_error",), None)]
    for where, value in mutants_of_one:
        assert not validator.is_valid(replaced(report, where, value)), f"accepted with {where} = {value}"
    assert validator.is_valid(replaced(report, first + ("max_error",), "inf"))
    print(f"report schema: arrangements accepted, {len(mutants_of_one)} mutants refused")


def accepts_known_failures(binary, report_validator, validator, source):
    """The shipped files, each of which is refused with any value of another type; and a report of a run with one."""
    tried = 0
    files = sorted((source / "cases" / "known-failures").glob("*.json"))
    assert files, "there is no file of known failures"
    for file in files:
        document = strict_json(file.read_bytes())
        error = first_error(validator, document)
        assert error is None, f"{file.name}: {error}"
        shortened = {**document, "known_failures": document["known_failures"][:3]}
        for what, mutant in mutants(shortened):
            tried += 1
            assert not validator.is_valid(mutant), f"{file.name} accepted with {what}"
    answer = run(binary, "run", "smoke", "-k", "known-answer", "--known-failures", str(files[0]), "--json", "-")
    error = first_error(report_validator, strict_json(answer.stdout))
    assert error is None, f"the report of a run with known failures is refused: {error}"
    print(f"schema of known failures: {len(files)} files accepted, {tried} mutants refused")
    return files[0]


def accepts_shards(binary, validator, known_failures):
    """The report of a shard, and what merge makes of all of them."""
    with tempfile.TemporaryDirectory() as folder:
        reports = []
        for number in (1, 2):
            reports.append(f"{folder}/{number}.json")
            run(binary, "run", "smoke", "-k", "known-answer|float64", "--shard", f"{number}/2", "--json", reports[-1],
                "--known-failures", str(known_failures))
        shard = strict_json(pathlib.Path(reports[0]).read_bytes())
        merged = strict_json(run(binary, "merge", *reports, "--json", "-").stdout)
    for what, report in (("a shard", shard), ("merge", merged)):
        error = first_error(validator, report)
        assert error is None, f"the report of {what} is refused: {error}"
    assert "shard" not in merged and shard["shard"]["known_failures"], "what only a shard's report tells"
    tried = 0
    for what, mutant in mutants(shard["shard"]):
        tried += 1
        assert not validator.is_valid({**shard, "shard": mutant}), f"report accepted with shard: {what}"
    print(f"report schema: a shard's report and a merged one accepted, {tried} mutants refused")


def main():
    assert len(sys.argv) == 3, __doc__
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    suite_schema = published_schema(binary, "suite")
    accepts_shipped_cases(suite_schema, source)
    refuses_bad_cases(suite_schema, source)
    report_schema = published_schema(binary, "report")
    known_failures = accepts_known_failures(binary, report_schema, published_schema(binary, "known-failures"), source)
    accepts_report(binary, report_schema)
    accepts_gradcheck_reports(binary, report_schema)
    accepts_arrangements(binary, report_schema)
    accepts_shards(binary, report_schema, known_failures)


if __name__ == "__main__":
    main()
