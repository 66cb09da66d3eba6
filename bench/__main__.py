"""Measure the service, and print one table.

``python -m bench [--full] [--json]``, or a program by name: ``python -m bench answers``; ``--help`` lists them.
"""

import argparse
import json
import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bench import checks, goals, load, logins, report, revocation, weights
from bench.report import Figure
from bench.stage import FULL, SHORT, Plan, Stage, run, staged
from tests.harness.service import environment_of

# Each a program of its own, that takes minutes.
PROGRAMS = {
    "answers": "do answers take longer for an address that has an account?",
    "crowds": "what happens when many do the same thing at once?",
    "admin": "how fast does an admin find a user among a million?",
    "import_users": "how fast do a million users move in and out?",
}
# Not part of it: fills the database of a service that runs.
TOOLS = {"fill": "fill a service's database with users and sessions, by the million"}

STARTED = time.monotonic()

Section = Callable[[Stage], Iterator[Figure]]


def database_commands(stage: Stage) -> Iterator[Figure]:
    env = environment_of(stage.more("commands"), env=stage.other_env())
    told = json.loads(run("bench.commands", stage.spare(logins.CLIENTS), env=env))
    for endpoint in dict.fromkeys(each["endpoint"] for each in told):
        counts = {each["path"]: len(each["commands"]) for each in told if each["endpoint"] == endpoint}
        detail = ", ".join(f"{path} {count}" for path, count in counts.items())
        yield Figure(f"database commands, {endpoint}", max(counts.values()), "", to=detail, goal=goals.COMMANDS)


def many_live(stage: Stage) -> Iterator[Figure]:
    """Compare with a database of many more sessions; or of many fewer, where the people of others are in this one."""
    plan, folder = stage.plan, stage.folder / "other"
    others = 0 if stage.first else plan.more_live
    if stage.first or others:
        few = replace(plan, others=others, endings=0, password_changes=0, endings_elsewhere=0, stalls=0)
        with staged(folder, plan=few) as other:
            yield from checks.measure_more_live(stage, other)


def counts(stage: Stage) -> Iterator[Figure]:
    """Do at once what no clock has a part in."""
    with ThreadPoolExecutor() as pool:
        for found in pool.map(
            lambda measure: list(measure(stage)), (revocation.here, database_commands, weights.cached)
        ):
            yield from found


# In this order: memory is looked at before and after the rest.
SECTIONS: dict[str, Section] = {
    "memory at rest": weights.at_rest,
    "cold start": weights.starts,
    "checks": checks.measure,
    "many live sessions": many_live,
    "log-ins": logins.measure,
    "ended sessions, another machine": revocation.elsewhere,
    "ended sessions, database commands, bytes in the cache": counts,
    "memory after load": weights.after_load,
}


def figures(plan: Plan, *, data_dir: Path | None) -> Iterator[Figure]:
    """Run the service and measure all of it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _say("starting the service")
        with staged(Path(folder), plan=plan, data_dir=data_dir) as stage:
            for name, measure in SECTIONS.items():
                _say(name)
                yield from measure(stage)


def main() -> None:
    options = _parser().parse_args()
    if options.program:
        _run_program(options.program, options.rest)
        return
    if not load.has_wrk():
        _say(load.WITHOUT_WRK)
    found: list[Figure] = []
    try:
        found.extend(figures(FULL if options.full else SHORT, data_dir=options.data_dir))
    finally:
        # Also when one measurement has failed: the others may have taken minutes.
        print(report.as_json(found)) if options.json else report.show(found)


def _run_program(name: str, arguments: list[str]) -> None:
    module = f"bench.{name}"
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")


def _say(sentence: str) -> None:
    print(f"bench: {time.monotonic() - STARTED:5.1f} s  {sentence}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    programs = "\n".join(f"  {name:13} {question}" for name, question in (PROGRAMS | TOOLS).items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure a real service, beside what it is compared with, in one run.",
        epilog=f"programs:\n{programs}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--full", action="store_true", help="take minutes, for figures that can be trusted")
    parser.add_argument("--json", action="store_true", help="print the figures for machines")
    parser.add_argument(
        "--data-dir", type=Path, metavar="FOLDER", help="the service's data, if it is not to begin without people"
    )
    parser.add_argument("program", nargs="?", choices=[*PROGRAMS, *TOOLS], help="run this one alone instead")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="its own arguments")
    return parser


if __name__ == "__main__":
    main()
