"""Operands and checksums: the same numbers as einc's, and checksums that see what is wrong."""

import numpy
import pytest

from benchmarks.peers import fill
from benchmarks.peers.cases import parse_case

# The same numbers stand in tests/src/cli/fill.cpp.
NUMBERS = {
    "integers": [0, 0, 2, 4, 0, -3],
    "signs": [0, 0, 1, 1, 0, -1],
    "sparse": [0, 0, 0, 0, 0, 0],
    "uniform": [0.033882737159729004, 0.052690863609313965, 0.5005133152008057, 0.8372679948806763, -0.0006814002990722656, -0.7517337799072266],
    "positive": [0.29356449842453003, 0.29627788066864014, 0.360914409160614, 0.4095217287540436, 0.28857383131980896, 0.18017087876796722],
}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_the_formulas_give_the_numbers_of_the_tool(name):
    assert list(fill.values(name, seed=3, operand=1, first=0, count=6, elements=12)) == NUMBERS[name]
    assert list(fill.values(name, seed=3, operand=1, first=2, count=4, elements=12)) == NUMBERS[name][2:]


def test_weights_are_those_of_the_tool():
    assert list(fill.weights(1, 6)) == [7, 6, 4, 2, 4, 3]


def test_a_complex_element_takes_two_numbers():
    array = numpy.zeros((2, 3), dtype=numpy.complex64)
    fill.fill_into(array, "integers", seed=5, operand=0)
    numbers = fill.values("integers", seed=5, operand=0, first=0, count=12, elements=6)
    assert list(array.reshape(-1).real) == list(numbers[::2])
    assert list(array.reshape(-1).imag) == list(numbers[1::2])


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 4), (1, 7, 1, 2)])
def test_a_checksum_is_the_sum_of_elements_times_weights(shape):
    array = numpy.arange(1, 1 + int(numpy.prod(shape)), dtype=numpy.float64).reshape(shape)
    total, squares = 0.0, 0.0
    for position in numpy.ndindex(*shape):
        part = float(array[position])
        for place, index in enumerate(position):
            part *= fill.weights(place, shape[place])[index]
        total, squares = total + part, squares + part * part
    found, norm = fill.checksum_of(array)
    assert found == total
    assert norm == pytest.approx(squares**0.5)


def test_imaginary_parts_count_twice():
    array = numpy.array([1 + 10j, 2 - 3j])
    first, second = fill.weights(0, 2)
    assert fill.checksum_of(array)[0] == first * 21 + second * (2 - 6)


def einsum_case(**keys):
    return parse_case({"name": "n", "subscripts": "ij,jk->ik", "extents": {"i": 40, "j": 50, "k": 60}, **keys}, "s", None)


@pytest.mark.parametrize("fill_name", ["integers", "uniform", "positive"])
def test_one_wrong_element_shows_and_rounding_does_not(fill_name):
    case = einsum_case(fill=fill_name)
    operands = [numpy.zeros(shape) for shape in case.shapes]
    for number, operand in enumerate(operands):
        fill.fill_into(operand, case.fill, case.seed, number)
    exact = operands[0] @ operands[1]
    expected = fill.checksum_of(exact)[0]
    result = (operands[0].astype(numpy.float32) @ operands[1].astype(numpy.float32)).astype(numpy.float32)
    total, norm = fill.checksum_of(result)
    assert abs(total - expected) <= fill.tolerance(case, norm)
    result[3, 4] += 0.5 * abs(exact).max()
    total, norm = fill.checksum_of(result)
    assert not abs(total - expected) <= fill.tolerance(case, norm)


def test_results_of_halves_are_rounded_once():
    case = einsum_case(fill="uniform", dtype="f16")
    operands = [numpy.zeros(shape) for shape in case.shapes]
    for number, operand in enumerate(operands):
        fill.fill_into(operand, case.fill, case.seed, number)
    exact = operands[0] @ operands[1]
    expected = fill.checksum_of(exact)[0]
    result = exact.astype(numpy.float16).astype(numpy.float64)
    total, norm = fill.checksum_of(result)
    assert abs(total - expected) > 0
    assert abs(total - expected) <= fill.tolerance(case, norm)
    result[3, 4] += 2 * abs(exact).max()
    total, norm = fill.checksum_of(result)
    assert not abs(total - expected) <= fill.tolerance(case, norm)


def test_the_checksum_in_the_file_is_that_of_the_result():
    from benchmarks.peers.cases import FOLDER, read_cases

    case = next(case for case in read_cases(FOLDER / "gemm.json") if case.name == "n64-f32")
    operands = [numpy.zeros(shape) for shape in case.shapes]
    for number, operand in enumerate(operands):
        fill.fill_into(operand, case.fill, case.seed, number)
    assert fill.checksum_of(operands[0] @ operands[1])[0] == case.checksum
