"""Case files: read as `einc bench` reads them, and refused for the same reasons."""

import json

import pytest

from benchmarks import case_files, networks, tccg
from benchmarks.peers import cases


def file_of(tmp_path, *given, **keys):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"suite": "x", "cases": list(given), **keys}))
    return path


def test_shapes_come_from_extents_and_defaults_go_to_every_case(tmp_path):
    path = file_of(
        tmp_path,
        {"name": "one", "subscripts": "[row] j, jk -> [row] k", "extents": {"row": 2, "j": 3, "k": 4}, "checksum": 5},
        {"name": "two", "subscripts": "i->", "shapes": [[7]], "dtype": "f32", "small": True, "threads": 1},
        defaults={"dtype": "f64", "seed": 3},
    )
    one, two = cases.read_cases(path)
    assert one.id == "x/one" and one.shapes == [[2, 3], [3, 4]] and one.output_shape == [2, 4]
    assert one.dtype == "f64" and one.seed == 3 and one.checksum == 5
    assert two.dtype == "f32" and two.small and two.threads == 1 and two.output_shape == []


@pytest.mark.parametrize(
    "given",
    [
        {"name": "n", "subscripts": "i->", "shapes": [[2]], "colour": 1},
        {"name": "n", "subscripts": "i->", "shapes": [[2, 3]]},
        {"name": "n", "subscripts": "ij,j->", "shapes": [[2, 3], [2]]},
        {"name": "n", "subscripts": "...->", "shapes": [[2]]},
        {"name": "n", "subscripts": "i->j", "shapes": [[2]]},
        {"name": "n", "subscripts": "i->", "extents": {"j": 2}},
        {"name": "n", "subscripts": "i->", "shapes": [[2]], "dtype": "f8"},
        {"name": "n", "subscripts": "i->", "shapes": [[2]], "fill": "full"},
        {"name": "n", "shapes": [[2]]},
        {"name": "n", "program": "none.einc", "shapes": [[2]]},
        {"subscripts": "i->", "shapes": [[2]]},
    ],
)
def test_a_bad_case_is_named_with_its_file(tmp_path, given):
    path = file_of(tmp_path, given)
    with pytest.raises(cases.BadCase, match="x.json"):
        cases.read_cases(path)


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "x.json"
    for text in ("", "[]", '{"suite": "x"}'):
        path.write_text(text)
        with pytest.raises(cases.BadCase):
            cases.read_cases(path)
    with pytest.raises(cases.BadCase):
        cases.read_cases(tmp_path / "none.json")


def test_every_case_file_of_this_project_can_be_read():
    found = cases.select(["*"])
    assert len(found) > 300
    assert len({case.id for case in found}) == len(found)
    assert all((case.checksum is None) == case.plan_only for case in found)


def test_patterns_choose_suites_and_cases():
    assert {case.suite for case in cases.select(["main"])} == {"main"}
    assert all(case.small for case in cases.select(["gemm"], small=True))
    assert [case.id for case in cases.select(["gemm/n64-f32"])] == ["gemm/n64-f32"]
    with pytest.raises(cases.BadCase, match="no case matches"):
        cases.select(["nothing"])


def counted(text, shapes, dtype="f32"):
    return cases.parse_case({"name": "n", "subscripts": text, "shapes": shapes, "dtype": dtype}, "s", None)


def test_work_is_counted_as_the_tool_counts_it():
    product = counted("ij,jk->ik", [[2, 3], [3, 5]])
    assert product.flops == 2 * 2 * 3 * 5
    assert product.bytes == (4 * (6 + 15), 4 * 10)
    assert counted("ij->ji", [[2, 3]]).flops == 0
    assert counted("ij->i", [[2, 3]]).flops == 6
    assert counted("i,j->ij", [[2], [3]]).flops == 6
    assert counted("ij,k->i", [[2, 3], [4]]).flops == 6 + 4 + 2
    assert counted("ii->i", [[100, 100]]).bytes[0] == 100 * 64
    assert counted("ii->i", [[2, 2]]).bytes[0] == 2 * 12
    assert counted("ij,jk->ik", [[2, 3], [3, 5]], "c64").flops == 8 * 30
    assert counted("i,j->ij", [[2], [3]], "c128").flops == 36


@pytest.mark.parametrize("name, content", [*networks.files().items(), *tccg.files().items()])
def test_files_that_a_program_makes_are_what_it_makes(name, content):
    assert case_files.without_checksums(case_files.read(case_files.FOLDER / name)) == content


def test_a_file_that_is_made_anew_keeps_its_checksums(tmp_path):
    path = tmp_path / "x.json"
    content = {"suite": "x", "cases": [{"name": "a", "subscripts": "i->i", "extents": {"i": 2}}, {"name": "b", "subscripts": "j->j", "extents": {"j": 2}}]}
    case_files.write(path, content)
    with_checksum = case_files.read(path)
    with_checksum["cases"][0]["checksum"] = 7
    path.write_text(case_files.as_text(with_checksum))
    content["cases"][1]["extents"]["j"] = 3
    case_files.write(path, content)
    assert [case.get("checksum") for case in case_files.read(path)["cases"]] == [7, None]
    assert case_files.without_checksums(case_files.read(path)) == content
