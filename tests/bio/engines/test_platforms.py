"""What only POSIX systems have is not needed on the way of the numpy engine."""

import os
import subprocess
import sys

import pytest

#: Python's list of modules for Unix, and functions that Windows or macOS lack.
CODE = """
import os, signal, sys

ABSENT = "fcntl resource pwd grp termios tty pty syslog posix_spawn crypt".split()

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in ABSENT:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for name in "fork sched_getaffinity getuid killpg setsid".split():
    if hasattr(os, name):
        delattr(os, name)
os.process_cpu_count = os.cpu_count  # what Python 3.13 defines where there is no sched_getaffinity
for name in "SIGHUP SIGKILL SIGALRM SIGUSR1".split():
    if hasattr(signal, name):
        delattr(signal, name)

from brian2 import ms, nS
import bioann as ba
from bioann.cli.main import main

bio = ba.SpikingNetwork(
    (ba.Population("e", 3, "glutamate", background=20 * nS),),
    (ba.Afferent("x", "e", 2 * nS, fibres=5),),
)
ann = ba.RateNetwork(("e",), channels=("x",), W_in=[[1.0]])
stimulus = ba.steps({"x": [0.0, 0.5]}, duration=50 * ms)
same = ba.Correspondence((ba.Match("e", "e"),))
pair = ba.Pair("p", bio, ann, same, stimulus=stimulus, settle=10 * ms)
run = pair.run(trials=2, seed=1, engine="numpy")
assert float(run["bio"].rate.sum()) > 0
ba.report(ba.compare(run), "p.html", "p.json", "p.nc")
main(["list"], standalone_mode=False)
"""


@pytest.mark.slow
def test_the_numpy_engine_and_reports_need_nothing_that_only_posix_has(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["p.html", "p.json", "p.nc"]
    assert "inverter" in process.stdout
