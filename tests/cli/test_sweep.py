import pytest
from click.testing import CliRunner

from bioann.cli.main import main
from bioann.cli.sweep_progress import describe_progress, format_duration
from bioann.sweeps.sweep import SweepProgress


@pytest.fixture
def run_sweep_command(pair_file, tmp_path):
    path = pair_file()

    def run(*arguments):
        command = ["sweep", str(path), "--out", str(tmp_path / "out"), "--engine", "numpy"]
        return CliRunner().invoke(main, [*command, "--jobs", "1", "--no-references", *arguments])

    return run, tmp_path / "out"


@pytest.mark.slow
def test_a_sweep_writes_its_results_and_goes_on_for_nothing_when_it_is_complete(run_sweep_command):
    run, out = run_sweep_command
    arguments = ("--vary", "unit out, bias=0,0.2", "--no-point-reports")
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert "2 points: 2 run now, 0 before; 0 failed" in result.output
    assert {p.name for p in out.iterdir()} == {
        *("sweep.json", "points", "results.nc", "results.csv", "index.html")
    }
    assert "2 points: 0 run now, 2 before; 0 failed" in run(*arguments).output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--vary", "unit out, bais=0,1"), "Did you mean 'unit out, bias'"),
        (("--vary", "unit out, bias=0,1nS"), "wanted numbers without a unit, got values in nS"),
        (("--vary", "unit out, bias=1..0:3"), "the smaller end first"),
        (("--vary", "unit out, bias"), "wanted an address, '=' and values"),
        (("--vary", "unit out, bias=0..1", "--design", "latin"), "the number of points of a latin"),
        (("--vary", "unit out, bias=0..1:3", "--points", "3"), "wanted a latin or sobol design"),
        (
            (
                "--vary",
                "unit out, bias=0..1:1000000",
                "--vary",
                "population.out.cell.C=1..2pF:1000000",
            ),
            "got 1,000,000,000,000, which take 3,169 years of one core",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(run_sweep_command, arguments, message):
    run, out = run_sweep_command
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert "Traceback" not in result.output
    assert not out.exists()


def test_progress_in_a_log_has_points_rate_and_time_left():
    progress = SweepProgress(total=100, stored=40, finished=20, failed=1)
    text = describe_progress(progress, 10.0)
    assert text == "60 of 100 points, 1 failed, 2 points/s, left 20 s"
    assert [format_duration(s) for s in (90, 600, 9000)] == ["90 s", "10 min", "2.5 h"]
