"""Tables and figures made from results, and what a case may take at least."""

from types import SimpleNamespace

import pytest

from benchmarks.peers import planners, report
from benchmarks.peers.cases import parse_case
from benchmarks.peers.engines import CannotRun, chosen_for
from benchmarks.peers.limits import bound_of
from benchmarks.peers.placement import Placement
from benchmarks.peers.statistics import distribution, geometric_mean, spread

LIMITS = SimpleNamespace(f32_flops=100, f64_flops=50, read_bytes=10, copy_bytes=20)


def case_of(text, shapes, **keys):
    return parse_case({"name": "n", "subscripts": text, "shapes": shapes, **keys}, "s", None)


def test_a_bound_is_the_slower_of_arithmetic_and_memory():
    assert bound_of(1000, 1, 1, "f32", LIMITS) == (10, True)
    assert bound_of(1000, 1, 1, "c128", LIMITS) == (20, True)
    assert bound_of(1000, 1, 1, "bf16", LIMITS) == (10, True)
    assert bound_of(1000, 1, 1, "bf16", SimpleNamespace(**vars(LIMITS), bf16_flops=200)) == (5, True)
    assert bound_of(1, 200, 100, "f32", LIMITS) == (20, False)
    assert bound_of(1000, 1, 1, "i32", LIMITS) == (0, True)
    assert bound_of(1, 100, 100, "i8", LIMITS) == (10, False)


def test_distributions_and_means():
    d = distribution([5, 1, 2, 4, 3])
    assert d["median"] == 3 and d["p10"] == pytest.approx(1.4) and d["p90"] == pytest.approx(4.6)
    assert spread(d) == pytest.approx((4.6 - 1.4) / 6)
    assert geometric_mean([0.5, 0.125]) == 0.25 and geometric_mean([]) == 0


def row(median, **keys):
    return {"status": "ran", "right": True, "seconds": distribution([median]), "samples": 1, **keys}


def results():
    share, ratio = distribution([0.5]), distribution([2.0])
    return [{
        "id": "s/a", "suite": "s", "name": "a", "text": "ij,jk->ik", "shapes": [[2, 2], [2, 2]], "dtype": "f32", "flops": 16.0, "bytes": 48.0,
        "threads": 1, "bound": "flops", "limit": 2e11,
        "engines": {
            "einc": row(1e-6, share=share, to_best_peer=ratio),
            "numpy": row(2e-6, share=share, to_best_peer=distribution([1.0])),
            "torch": {**row(1e-9), "right": False},
            "jax": {"status": "missing", "why": "not installed"},
        },
    }]  # fmt: skip


def test_a_table_shows_times_the_share_and_the_best_right_peer():
    head, (line,) = report.times_table(results())
    cells = dict(zip(head, line))
    assert cells["best peer"] == "numpy" and cells["einc against it"] == "2.00" and cells["einc's share"] == "50 %"
    assert cells["einc"] == "1.00 us" and cells["torch"] == "1.00 ns WRONG"
    text = report.of_suite("s", results())
    assert "jax: not installed" in text and "WRONG: torch in s/a" in text
    assert report.of_suite("s", results(), report.markdown).startswith("| case |")


def test_columns_line_up():
    lines = report.aligned(["a", "bb"], [["x", "1"], ["long", "10"]]).splitlines()
    assert lines == ["a     bb", "x      1", "long  10"]


def test_times_have_three_digits_and_a_unit():
    assert [report.show_seconds(s) for s in (1.2345e-8, 9.999e-7, 0.1234, 12)] == ["12.3 ns", "1.00 us", "123 ms", "12.0 s"]


def test_orders_are_counted_alike():
    case = case_of("ij,jk,kl->il", [[2, 3], [3, 4], [4, 5]])
    assert planners.count_order(case, [(0, 1), (0, 1)]) == (2 * 24 + 2 * 40, 8)
    assert planners.count_order(case, [(1, 2), (0, 1)]) == (2 * 60 + 2 * 30, 15)
    outer = case_of("i,j->ij", [[2], [3]])
    assert planners.count_order(outer, [(0, 1)]) == (6, 0)


def test_searches_stand_beside_each_other_with_the_ratio_of_the_best():
    case = case_of("ij,jk,kl->il", [[2, 3], [3, 4], [4, 5]])
    found = dict(zip(planners.SEARCHES, ({"flops": flops, "seconds": {"median": 1.5}} for flops in (100.0, 150.0, 200.0))))
    head, lines = planners.searches_table([case], {"n": found})
    assert head[2:5] == list(planners.SEARCHES)
    assert lines == [["n", "3", "2.000 in 1.50 s", "2.176 in 1.50 s", "2.301 in 1.50 s", "1.500"]]
    assert planners.searches_table([case], {})[1] == [["n", "3", "-", "-", "-", "-"]]


def test_a_planner_that_is_missing_is_said():
    def absent():
        raise ImportError("gone")

    assert planners.run_planner(absent, case_of("i->i", [[2]]), 0)["status"] == "missing"


def test_matrix_products_are_known_as_such():
    base = pytest.importorskip("benchmarks.peers.engines.base")
    assert base.is_matrix_product(case_of("ij,jk->ik", [[2, 3], [3, 4]]))
    assert base.is_matrix_product(case_of("bij,bjk->bik", [[5, 2, 3], [5, 3, 4]]))
    for text in ("ij,kj->ik", "ij,jk->ki", "ijb,jkb->ikb"):
        terms = text.partition("->")[0].split(",")
        assert not base.is_matrix_product(case_of(text, [[2] * len(term) for term in terms]))


def test_many_labels_are_too_many_for_letters():
    base = pytest.importorskip("benchmarks.peers.engines.base")
    labels = [f"[l{number}]" for number in range(60)]
    case = case_of(",".join(labels) + "->", [[2]] * 60)
    with pytest.raises(CannotRun):
        base.ascii_subscripts(case)
    assert base.ascii_subscripts(case_of("[row]j,jk->[row]k", [[2, 3], [3, 4]])) == "ab,bc->ac"


def test_other_ways_of_calling_join_where_calls_are_measured():
    assert "einc-call" in chosen_for("overhead", []) and "einc-call" not in chosen_for("tccg", [])
    assert chosen_for("tccg", ["einc-call"]) == ["einc-call"]


def test_a_placement_keeps_to_what_there_is():
    assert Placement(1).threads == 1 and len(Placement(1).processors) == 1
    assert Placement(10**6).threads == len(Placement(0).processors)
