"""The command ``bioann``, a thin layer over the Python interface.

Modules that import Brian2 are imported inside the commands that need them, so that ``bioann list``
and ``bioann --help`` do not wait for it.
"""

from __future__ import annotations

import io
import json
import logging
import signal
import sys
import traceback
from typing import Any

import click

import bioann as ba
from bioann.base.counts import count_subjects
from bioann.base.errors import BioannError
from bioann.base.files import output_error
from bioann.base.printable import clean_text
from bioann.base.user_code import user_code_error
from bioann.cli.atlas import atlas
from bioann.cli.cache import cache
from bioann.cli.check import check
from bioann.cli.diff import diff, history
from bioann.cli.echo import echo
from bioann.cli.explain import explain_classifier
from bioann.cli.export import export
from bioann.cli.import_script import import_script
from bioann.cli.inspect import inspect_file
from bioann.cli.lessons import lessons_command
from bioann.cli.new import new
from bioann.cli.plan import plan
from bioann.cli.play import play
from bioann.cli.robustness import robustness_command
from bioann.cli.run import run
from bioann.cli.signals import handle_signals
from bioann.cli.startup import replace_closed_streams
from bioann.cli.sweep import sweep_command
from bioann.cli.translate import translate
from bioann.pair_files import find


class CommandGroup(click.Group):
    """A group of commands that print errors as one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and convert any exception to a message and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt as error:
            _silence_brian2()
            echo("\nInterrupted; no incomplete file was written.", err=True)
            ctx.exit(128 + getattr(error, "number", signal.SIGINT))
        except BaseException as error:  # a pair's code may raise anything, an exit included
            _silence_brian2()
            if ctx.params.get("traceback"):
                traceback.print_exc()
                ctx.exit(1)
            if isinstance(error, BioannError):
                raise click.ClickException(str(error)) from error
            if isinstance(error, OSError) and error.filename is None:
                file_error = output_error(error, "of the command")  # of the standard streams
                raise click.ClickException(str(file_error)) from error
            if not isinstance(error, Exception):
                exit_error = user_code_error("code of a pair", "code that runs", error)
                raise click.ClickException(str(exit_error)) from error
            raise click.ClickException(
                f"bioann: wanted to finish {ctx.invoked_subcommand!r}, got "
                f"{type(error).__name__}: {clean_text(str(error))}. This is a bug in bioann: "
                f"please report the output of 'bioann --traceback {ctx.invoked_subcommand} ...'."
            ) from error


def _silence_brian2() -> None:
    """Silence Brian2's warning about unused objects of a network whose construction failed."""
    logging.getLogger("brian2.core.base.unused_brian_object").disabled = True


@click.group(
    cls=CommandGroup,
    epilog="\b\nExample:\n  bioann list\n  bioann run inverter\n  bioann new my_pair",
)
@click.option("--traceback", is_flag=True, help="Show the traceback of an error.")
@click.version_option(ba.__version__, prog_name="bioann")
def main(traceback: bool) -> None:
    """Pair spiking networks with rate networks, and measure how well they agree."""
    click.get_current_context().with_resource(handle_signals())
    replace_closed_streams()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Background jobs of a script start with SIGINT ignored, and could not be interrupted.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without a minus sign prints "?"
            stream.reconfigure(errors="replace")


@main.command("list", epilog="\b\nExample:\n  bioann list --json")
@click.option("--json", "as_json", is_flag=True, help="Print names, summaries and files as JSON.")
def list_command(as_json: bool) -> None:
    """List the available pairs, then the studies."""
    pairs = find.list_pairs()
    rows = [
        {
            "name": name,
            "kind": "pair" if name in pairs else "study",
            "summary": find.read_summary(path),
            "file": str(path),
        }
        for name, path in find.list_subjects().items()
    ]
    if as_json:
        echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        echo(f"{row['name']:{width}}  {row['summary']}")
    echo(count_subjects(len(pairs), len(rows) - len(pairs)))


@main.command(epilog="\b\nExample:\n  bioann show inverter\n  bioann show inverter --parameters")
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "--parameters", is_flag=True, help="Print every parameter instead: address, value and range."
)
def show(name: str, parameters: bool) -> None:
    """Describe a pair or study without running it.

    Prints its question, both models, their correspondence, the stimulus and the claims; of a study
    its seeds, settings, variables and claims.
    """
    from bioann.cli import text
    from bioann.pair_files.load import load_subject

    subject = load_subject(name)
    describe = text.describe_parameters if parameters else text.describe_subject
    echo(describe(subject))


@main.command(epilog="\b\nExample:\n  bioann doctor --out reports")
@click.option(
    "--out", default="reports", show_default=True, help="Folder for reports, to be checked."
)
def doctor(out: str) -> None:
    """Check the installation, and test which engines work.

    Prints the reason and a remedy for each problem. The exit code is 1 if a run is not possible.
    """
    from bioann.cli.doctor import check_installation

    problems = 0
    for result in check_installation(out):
        problems += result.state == "PROBLEM"
        echo(f"{result.state:7}  {result.subject:16}  {result.detail}")
    echo(f"{problems} problem(s)" if problems else "Everything that a run needs is installed.")
    click.get_current_context().exit(1 if problems else 0)


for command in (
    *(
        run,
        check,
        new,
        inspect_file,
        explain_classifier,
        atlas,
        robustness_command,
        plan,
        translate,
    ),
    *(import_script, export, diff, history, cache, sweep_command, play, lessons_command),
):
    main.add_command(command)
