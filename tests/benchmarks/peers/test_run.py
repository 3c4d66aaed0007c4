"""Runs of the whole program on tiny cases, each in a process of its own, because a run settles where that process may run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TINY = {
    "suite": "tiny",
    "cases": [
        {"name": "product", "subscripts": "ij,jk->ik", "extents": {"i": 8, "j": 9, "k": 10}, "small": True},
        {"name": "swap", "subscripts": "ij->ji", "extents": {"i": 8, "j": 9}, "dtype": "f64"},
    ],
}


def run(*arguments, environment=None):
    command = [sys.executable, "-m", "benchmarks.peers", "--seconds", "0.005", "--rounds", "2", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment)


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(TINY))
    return path


def test_two_cases_with_numpy_alone_give_a_table_and_figures(tiny, tmp_path):
    ended = run(tiny, "--engines", "numpy", "--json", tmp_path / "out.json", "--threads", "1")
    assert ended.returncode == 0, ended.stderr
    assert "product" in ended.stdout and "swap" in ended.stdout
    results = json.loads((tmp_path / "out.json").read_text())
    assert results["complete"] and [case["id"] for case in results["cases"]] == ["tiny/product", "tiny/swap"]
    row = results["cases"][0]["engines"]["numpy"]
    assert row["right"] and row["status"] == "ran" and row["samples"] >= 2
    assert 0 < row["seconds"]["p10"] <= row["seconds"]["median"] <= row["seconds"]["p90"]


def test_what_is_missing_or_cannot_run_is_said(tiny, tmp_path):
    # A folder of packages that cannot be imported stands before the real ones.
    (tmp_path / "torch.py").write_text("raise ImportError('no torch in this test')\n")
    import os

    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = run(tiny, "--engines", "numpy,numpy-matmul,torch", "--json", tmp_path / "out.json", environment=environment)
    assert ended.returncode == 0, ended.stderr
    assert "torch: not installed: no torch in this test" in ended.stdout
    assert "numpy-matmul: no matrix product as it stands (swap)" in ended.stdout
    engines = json.loads((tmp_path / "out.json").read_text())["cases"][1]["engines"]
    assert engines["torch"]["status"] == "missing" and engines["numpy-matmul"]["status"] == "cannot"
    assert engines["numpy"]["status"] == "ran"


def test_a_wrong_checksum_is_seen(tmp_path):
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({"suite": "x", "cases": [{"name": "n", "subscripts": "ij->ji", "extents": {"i": 3, "j": 4}, "checksum": 1e9}]}))
    ended = run(path, "--engines", "numpy")
    assert "WRONG: numpy in x/n" in ended.stdout


def test_a_run_goes_on_where_another_ended(tiny, tmp_path):
    first = run(tiny, "--engines", "numpy", "--json", tmp_path / "out.json")
    before = (tmp_path / "out.json").read_text()
    again = run(tiny, "--engines", "numpy", "--json", tmp_path / "out.json", "--resume")
    assert first.returncode == again.returncode == 0, again.stderr
    assert json.loads((tmp_path / "out.json").read_text())["cases"] == json.loads(before)["cases"]


def test_small_cases_only_and_lists(tiny):
    ended = run(tiny, "--small", "--list")
    assert "tiny/product" in ended.stdout and "tiny/swap" not in ended.stdout
    assert run(tiny, "--engines", "numpi").returncode == 2
    assert run("no-such-suite").returncode == 1


def test_a_folder_holds_tables_and_a_page_that_loads_nothing(tiny, tmp_path):
    pytest.importorskip("matplotlib")
    ended = run(tiny, "--engines", "numpy,numpy-matmul", "--folder", tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "index.html", "results.json", "tiny.md"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.startswith("<!doctype html>") and "<svg" in page and page.rstrip().endswith("</html>")
    assert "<script" not in page and "src=" not in page
    assert "| product |" in (tmp_path / "out" / "tiny.md").read_text()
    link = re.search(r"\[benchmarks/README.md\]\(([^)]+)\)", (tmp_path / "out" / "README.md").read_text()).group(1)
    assert (tmp_path / "out" / link).resolve().is_file()


def test_einc_and_numpy_agree(tiny, tmp_path):
    pytest.importorskip("einc", reason="einc's Python package is not installed")
    ended = run(tiny, "--engines", "einc,einc-call,numpy", "--json", tmp_path / "out.json")
    assert ended.returncode == 0, ended.stderr
    for case in json.loads((tmp_path / "out.json").read_text())["cases"]:
        for name in ("einc", "numpy"):
            assert case["engines"][name]["right"], case["id"]
        assert case["limit"] > 0 and case["engines"]["einc"]["share"]["median"] > 0
        assert case["engines"]["einc"]["to_best_peer"]["median"] > 0
