"""The driver: every point once, whatever ends, in memory that does not grow with the points."""

import tracemalloc
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from bioann.batch.executors import DeadWorkerError
from bioann.sweeps.run_points import FinishedPoint, run_pending
from bioann.sweeps.store import SweepError


def report_as_done(points):
    return [FinishedPoint(number, "", True) for number, _ in points]


class Immediate(Executor):
    """Runs each call when it is submitted, and counts the calls that wait."""

    def __init__(self):
        self.submitted = 0

    def submit(self, fn, /, *args, **kwargs):
        self.submitted += 1
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def iterate_points(n):
    return ((k, (float(k),)) for k in range(n))


def give_up(points, error):
    return [FinishedPoint(number, str(error), True) for number, _ in points]


@pytest.mark.parametrize("executor", [None, Immediate()])
def test_each_of_ten_thousand_points_is_run_once(executor):
    numbers = []
    run_pending(
        iterate_points(10_000), report_as_done, executor,
        lambda points: numbers.extend(p.number for p in points), give_up, chunk_size=3,
    )  # fmt: skip
    assert sorted(numbers) == list(range(10_000))


def measure_driver(n):
    """Return the calls and the peak of the memory of a sweep of n fake points."""
    executor, count = Immediate(), 0

    def count_points(points):
        nonlocal count
        count += len(points)

    tracemalloc.start()
    run_pending(iterate_points(n), report_as_done, executor, count_points, give_up)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, executor.submitted, peak


def test_the_driver_needs_as_many_calls_as_points_and_constant_memory():
    measure_driver(100)
    few, many = measure_driver(1_000), measure_driver(10_000)
    assert many[:2] == (10_000, 10_000)
    assert few[:2] == (1_000, 1_000)
    assert many[2] < few[2] + 50_000  # bytes: less than six for each further point


def test_at_most_two_chunks_wait_for_each_worker():
    waiting = []

    class Slow(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            waiting.append(self._work_queue.qsize())
            return super().submit(fn, *args, **kwargs)

    with Slow(2) as executor:
        run_pending(
            iterate_points(200), report_as_done, executor, lambda points: None, give_up,
            count_workers=lambda: 2,
        )  # fmt: skip
    assert max(waiting) <= 4


def test_a_chunk_whose_process_ends_again_and_again_is_given_up_and_the_others_go_on():
    def crash_at_five(points):
        if points[0][0] == 5:
            raise DeadWorkerError("sweep, worker", "a process that returns", "none", "Help it.")
        return report_as_done(points)

    class Failing(Immediate):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:
                future.set_exception(error)
            return future

    results = []
    run_pending(iterate_points(8), crash_at_five, Failing(), results.extend, give_up)
    assert {p.number: bool(p.error) for p in results} == {k: k == 5 for k in range(8)}


def test_an_executor_that_ends_is_an_error_that_says_to_run_again():
    class Lost(Immediate):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_exception(ConnectionError("gone"))
            return future

    with pytest.raises(SweepError, match="Run the same sweep with the same folder again"):
        run_pending(iterate_points(3), report_as_done, Lost(), lambda points: None, give_up)
