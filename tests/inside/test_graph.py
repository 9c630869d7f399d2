from typing import Any

import numpy as np
import pytest

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.graph import Graph


def test_a_curve_and_its_numbers() -> None:
    view = Graph.plot([1.0, 2.0, 4.0], x=[0, 5, 10], y_label="m", title="distance")
    assert view.width > 500
    assert (
        view.description == "distance\nm: 3 of 3 values; min 1 at 0, max 4 at 10, mean 2.333, first 1, last 4; rising"
    )


def test_gaps_do_not_spoil_the_numbers() -> None:
    for values, validity in (([1.0, None, 3.0], None), ([1.0, np.nan, 3.0], None), ([1, 99, 3], [True, False, True])):
        assert "2 of 3 values; min 1 at 0, max 3 at 2, mean 2" in Graph.plot(values, validity).description
    assert "no valid value" in Graph.plot([None, None]).description


def test_several_series_in_every_form() -> None:
    text = Graph.plot({"a": np.float32([3, 2, 1]), "b": (1.0, 5.0, 1.0)}).description
    assert "a: 3 of 3 values" in text.splitlines()[1]
    for rows in (
        [[1, 2, None], (3, 2, 1)],
        np.array([[1, 2, np.nan], [3, 2, 1]]),
        [np.array([1, 2, np.inf]), [3, 2, 1]],
    ):
        lines = Graph.plot(rows, x=[0, 5, 10], y_label="m").description.splitlines()
        assert lines[1].startswith("m 0: 2 of 3 values; min 1 at 0, max 2 at 5")
        assert lines[2].startswith("m 1: 3 of 3 values; min 1 at 10, max 3 at 0")


def test_a_dict_of_numbers_is_one_series_over_its_keys() -> None:
    assert "2 of 3 values; min 1 at 4, max 3 at 20" in Graph.plot({4: 1.0, 9: None, 20: np.int64(3)}).description
    text = Graph.plot({"door": {0: 1.0, 4: 2.0}, "sofa": {4: 5.0, 8: 6.0}}).description
    assert "door: 2 of 3 values; min 1 at 0, max 2 at 4" in text
    assert "sofa: 2 of 3 values; min 5 at 4, max 6 at 8" in text


@pytest.mark.parametrize(
    ("values", "trend"),
    [
        ([3, 2, 1], "falling"),
        ([1, 1.01, 1, 2, 3], "rising"),
        ([1, 5, 1], "rising until 1, then falling"),
        ([4, None, 1, 2, 4], "falling until 2, then rising"),
        ([2, 2, 2], "constant"),
        ([2, None], "a single value"),
        ([0, 3, 0, 3, 1], "up and down, rising"),
        ([0, 3, -1, 3, 0], "up and down, ends where it began"),
        ([*range(10), *np.linspace(9, 0, 200)], "rising until 9, then falling"),
    ],
)
def test_trends(values: list[float | None], trend: str) -> None:
    assert Graph.plot(values).description.endswith(f"; {trend}")


def test_what_cannot_be_drawn_is_refused() -> None:
    for values in (3, "abc", None, [["a", "b"]], {"a": "abc"}, [1, [2, 3]]):
        with pytest.raises(ToolError, match=r"Graph.plot got .*\n  expected: .*\n  type: tools.Graph.plot"):
            Graph.plot(values)
    with pytest.raises(ToolError, match=r"3 values in 'Value' and 2 x positions"):
        Graph.plot([1, 2, 3], x=[0, 1])
    with pytest.raises(ToolError, match=r"2 values in 'b' and 3 x positions"):
        Graph.plot({"a": [1, 2, 3], "b": [1, 2]})
    with pytest.raises(ToolError, match="3 values and 1 validity flags"):
        Graph.plot([1, 2, 3], [True])


@pytest.mark.parametrize("values", [[], {}, np.zeros(0), {"a": [], "b": []}])
def test_nothing_to_draw_is_an_empty_graph_and_a_line(values: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no valid value" in Graph.plot(values).description
    assert "Graph.plot got no value" in capsys.readouterr().out
