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


def test_several_series_and_trends() -> None:
    text = Graph.plot({"a": np.float32([3, 2, 1]), "b": (1.0, 5.0, 1.0)}).description
    assert "a: 3 of 3 values" in text
    assert "falling" in text.splitlines()[1]
    assert "stable" in text.splitlines()[2]


def test_what_cannot_be_drawn_is_refused() -> None:
    for values in ([], 3, [[1, 2]], "abc", None, {}):
        with pytest.raises(ToolError, match=r"Graph.plot got"):
            Graph.plot(values)
    with pytest.raises(ToolError, match="3 values and 2 x positions"):
        Graph.plot([1, 2, 3], x=[0, 1])
    with pytest.raises(ToolError, match="validity"):
        Graph.plot([1, 2, 3], [True])
