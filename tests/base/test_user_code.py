import asyncio
import traceback

import pytest

from bioann.base.errors import SimulationError, UserCodeError
from bioann.base.user_code import name_user_errors

EXITS = [SystemExit(), SystemExit(0), SystemExit("bye"), asyncio.CancelledError(), BaseException()]


@pytest.mark.parametrize(
    "error", [*EXITS, ValueError("no"), MemoryError(), StopIteration()], ids=repr
)
def test_whatever_code_raises_is_an_error_that_names_its_object_and_line(error):
    with (
        pytest.raises(UserCodeError, match=r"metric 'gain': wanted code that runs") as caught,
        name_user_errors("metric 'gain'"),
    ):
        raise error
    line = traceback.extract_tb(error.__traceback__)[-1].lineno
    assert f"(in test_user_code.py, line {line})" in caught.value.got
    assert caught.value.got.startswith(type(error).__name__)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SimulationError("a", "b", "c", "D.")])
def test_ctrl_c_and_errors_of_bioann_pass(error):
    with pytest.raises(type(error)) as caught, name_user_errors("metric 'gain'"):
        raise error
    assert caught.value is error


def test_the_line_is_that_of_the_user_and_not_of_the_library_that_it_calls():
    with pytest.raises(UserCodeError) as caught, name_user_errors("metric 'gain'"):
        traceback.format_exception(3, object(), 4)
    assert "test_user_code.py" in caught.value.got
