"""JUnit XML, as an independent parser reads it, as JSON on stdout:  /usr/bin/python3 tests/readers/junit.py FILE"""
import json
import sys
import xml.etree.ElementTree as ElementTree

root = ElementTree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
suites = []
for suite in root:
    cases = []
    for case in suite.findall("testcase"):
        outcome = None if len(case) == 0 else case[0]
        cases.append(dict(case.attrib, outcome="pass" if outcome is None else outcome.tag,
                          message="" if outcome is None else outcome.get("message"),
                          type=None if outcome is None else outcome.get("type"),
                          text="" if outcome is None else outcome.text or ""))
    suites.append({"attributes": suite.attrib, "cases": cases,
                   "properties": {p.get("name"): p.get("value") for p in suite.find("properties")},
                   "out": suite.findtext("system-out"), "err": suite.findtext("system-err")})
json.dump(suites, sys.stdout)
