"""Axes, effects, estimates, signs, and the errors of lessons."""

import base64
import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from hypothesis import given, strategies as st
from scipy import stats

from bioann.base.errors import BioannError, DescriptionError, UnknownNameError
from bioann.cli.main import main
from bioann.lessons import (
    EffectiveWeight,
    LessonAxis,
    draw_responses,
    find_lesson,
    page as page_module,
    write_lessons,
)
from bioann.lessons.page import render_lesson
from bioann.lessons.page_data import SIGN_WORDS, classify_signs, list_rows
from bioann.lessons.responses import estimate_mean
from tests.lessons.conftest import draw_responses_at_random, shrink_lesson


@given(
    values=st.lists(st.integers(-50, 50), min_size=2, max_size=8, unique=True).map(sorted),
    slope=st.floats(-5, 5),
)
def test_the_effective_weight_of_a_straight_line_is_its_slope(values, slope):
    cause = np.array(values, dtype=float)
    responses = xr.DataArray(
        (3 + slope * cause)[:, None], dims=("x", "curve"), coords={"x": cause, "curve": ["r"]}
    )
    weight = EffectiveWeight("weight", "1", "r", "x")(responses)
    np.testing.assert_allclose(weight, slope, atol=1e-9)
    np.testing.assert_array_equal(weight["x"], cause)


def test_an_interval_is_that_of_students_t():
    trials = np.random.default_rng(2).normal(5, 2, 7)
    value, low, high = estimate_mean(xr.DataArray(trials, dims="trial")).values
    expected = stats.t.interval(0.95, 6, trials.mean(), stats.sem(trials))
    assert (value, low, high) == pytest.approx((trials.mean(), *expected))


def test_one_trial_has_no_interval():
    value, low, high = estimate_mean(xr.DataArray([4.0], dims="trial")).values
    assert value == 4.0
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("estimate", "mark"),
    [
        ((2.0, 1.0, 3.0), "+"),
        ((-2.0, -3.0, -1.0), "\N{MINUS SIGN}"),
        ((2.0, -1.0, 5.0), "?"),
        ((0.0, 0.0, 0.0), "0"),
        ((0.01, np.nan, np.nan), "0"),
        ((0.1, np.nan, np.nan), "+"),
        ((-0.1, np.nan, np.nan), "\N{MINUS SIGN}"),
        ((np.nan, np.nan, np.nan), "n"),
    ],
)
def test_a_sign_is_stated_where_the_interval_excludes_zero(estimate, mark):
    signs = classify_signs(np.array(estimate)[:, None], 10.0)
    assert SIGN_WORDS[int(signs[0])].startswith(mark)


def test_the_table_has_a_row_for_each_combination_of_values():
    responses = draw_responses_at_random(find_lesson("shunting"), 1)
    header, rows = list_rows(responses)
    assert len(rows) == 6 * 6 * 14 == len({row[:3] for row in rows})
    assert {len(row) for row in rows} == {len(header)}


def test_a_page_allows_no_script_but_its_own_and_is_the_same_each_time():
    responses = draw_responses_at_random(shrink_lesson(find_lesson("inverter")), 2)
    page = render_lesson(responses)
    assert page == render_lesson(responses)
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert "default-src 'none'" in page
    assert f"script-src 'sha256-{digest}'" in page


def test_texts_of_a_lesson_cannot_become_markup():
    lesson = shrink_lesson(find_lesson("inverter"))
    attack = "</script><script>alert(1)</script>"
    hostile = replace(lesson, introduction=attack, response=attack)
    page = render_lesson(draw_responses_at_random(hostile, 2))
    assert "<script>alert" not in page


def test_a_page_that_is_too_large_is_an_error(monkeypatch):
    monkeypatch.setattr(page_module, "MAX_BYTES", 1000)
    responses = draw_responses_at_random(shrink_lesson(find_lesson("inverter")), 2)
    with pytest.raises(DescriptionError, match=r"at most 1000 bytes.*Give its axes fewer values"):
        render_lesson(responses)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"values": (1.0, 1.0)}, "ascending values"),
        ({"values": (1.0,)}, "two or more"),
        ({"start": 3}, "an index from 0 to 1"),
    ],
)
def test_an_axis_that_no_slider_can_have_is_an_error(change, text):
    with pytest.raises(DescriptionError, match=text):
        LessonAxis(
            **({"name": "a", "label": "b", "unit": "", "values": (0, 1), "start": 0} | change)
        )


def test_a_lesson_needs_two_sliders_a_horizontal_axis_and_one_right_prediction():
    lesson = find_lesson("inverter")
    with pytest.raises(DescriptionError, match="wanted 2 sliders"):
        replace(lesson, axes=lesson.axes[:1])
    with pytest.raises(DescriptionError, match="horizontal: wanted one of"):
        replace(lesson, horizontal="nonsense")
    with pytest.raises(DescriptionError, match="one prediction that is right, got 0"):
        replace(lesson, predictions=lesson.predictions[:1])


def test_a_position_that_was_not_run_is_an_error():
    responses = draw_responses_at_random(shrink_lesson(find_lesson("inverter")), 2)
    with pytest.raises(DescriptionError, match="one of the values that were run: 0"):
        draw_responses(responses, {"input": 0.123, "weight": 0})
    with pytest.raises(DescriptionError, match=r"weight: wanted one of .* got none"):
        draw_responses(responses, {"input": 0})
    with pytest.raises(UnknownNameError, match="'weights'"):
        draw_responses(responses, {"input": 0, "weight": 0, "weights": 0})


def test_a_wrong_name_or_number_writes_nothing(tmp_path):
    out = tmp_path / "lessons"
    with pytest.raises(UnknownNameError, match="inverter"):
        write_lessons(["inverte"], out, seed=1)
    for options in ({"trials": 0}, {"engine": "nonsense"}, {"seed": -1}):
        with pytest.raises(BioannError):
            write_lessons(["inverter"], out, **({"seed": 1} | options))
    assert not out.exists()


def test_the_command_lists_lessons_and_names_an_unknown_one(tmp_path):
    result = CliRunner().invoke(main, ["lessons", "--list"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) == 5
    result = CliRunner().invoke(main, ["lessons", "shuntin", "--out", str(tmp_path / "x")])
    assert result.exit_code == 1
    assert "shunting" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "x").exists()


def test_the_index_links_the_pages_that_are_in_the_folder(tmp_path, monkeypatch):
    small = shrink_lesson(find_lesson("inverter"))
    monkeypatch.setattr(
        "bioann.lessons.write.compute_responses",
        lambda lesson, **options: draw_responses_at_random(small, 2),
    )
    paths = write_lessons(["inverter"], tmp_path, seed=1)
    assert [path.name for path in paths] == ["inverter.html", "inverter.ipynb", "index.html"]
    index = paths[-1].read_text(encoding="utf-8")
    assert 'href="inverter.html"' in index
    assert "shunting.html" not in index
