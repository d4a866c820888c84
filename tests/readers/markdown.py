"""Markdown, as cmark-gfm renders it, as JSON on stdout: the tables, the other text, and every tag and attribute that it has.

    /usr/bin/python3 tests/readers/markdown.py FILE

Raw HTML is let through and links are made, so that text which got out of its place shows as a tag.
"""
import html.parser
import json
import subprocess
import sys


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tables, self.text, self.tags, self.attributes, self.cell = [], "", set(), set(), None

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attributes)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self.cell)
            self.cell = None

    def handle_comment(self, data):
        self.tags.add("comment")

    def handle_data(self, data):
        if self.cell is None:
            self.text += data
        else:
            self.cell += data


command = ["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", sys.argv[1]]
reader = Reader()
reader.feed(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8"))
reader.close()
json.dump({"tables": reader.tables, "text": reader.text, "tags": sorted(reader.tags), "attributes": sorted(reader.attributes)},
          sys.stdout)
