"""``manage.py auth indexes``: the indexes of all collections, made and compared."""

import argparse
from typing import Any

from user_auth.mongo import indexes as all_indexes


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    parser = verbs.add_parser("indexes", help="Create missing indexes and tell which are not as they should be.")
    parser.add_argument("--check", action="store_true", help="Change nothing, only compare.")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line for each index that is wrong and return 1 if there is one."""
    findings = [] if options.check else all_indexes.ensure()
    # What ensure has mended is right now; what it could not, it says better.
    findings = findings or all_indexes.compare()
    for finding in findings:
        print(finding)
    if not findings:
        print("Every index is as it should be.")
    return 1 if findings else 0
