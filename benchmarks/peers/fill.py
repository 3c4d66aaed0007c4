"""Operands made from a formula, and checksums that tell whether a result is right. The same numbers as src/cli/fill.cpp;
benchmarks/README.md has the formulas."""

import numpy

from benchmarks.peers.cases import WHOLE

GOLDEN = numpy.uint64(0x9E3779B97F4A7C15)
FACTOR = numpy.uint64(0xD6E8FEB86659FD93)
CHUNK = 1 << 20


def mix(x):
    """Spreads every bit of 64-bit numbers over the whole word."""
    half = numpy.uint64(32)
    x = (x ^ (x >> half)) * FACTOR
    x = (x ^ (x >> half)) * FACTOR
    return x ^ (x >> half)


def _word(number):
    return numpy.array([number & ((1 << 64) - 1)], dtype=numpy.uint64)


def values(fill, seed, operand, first, count, elements):
    """`count` numbers of an operand from `first` on, as doubles. `elements`: how many the operand has."""
    start = mix(_word(seed * int(GOLDEN) + operand + 1))
    bits = mix(start + numpy.arange(first, first + count, dtype=numpy.uint64) * GOLDEN)
    half = numpy.uint64(32)
    if fill == "integers":
        return (((bits >> half) * numpy.uint64(9)) >> half).astype(numpy.float64) - 4
    if fill == "signs":
        return (((bits >> half) * numpy.uint64(3)) >> half).astype(numpy.float64) - 1
    if fill == "sparse":
        return (bits >> numpy.uint64(60) == 0).astype(numpy.float64)
    if fill == "uniform":
        return (bits >> numpy.uint64(40)).astype(numpy.float64) / (1 << 23) - 1
    if fill == "positive":
        near_one = (bits >> numpy.uint64(48)).astype(numpy.float64) / (1 << 16) + 0.5
        return (near_one / numpy.sqrt(float(elements))).astype(numpy.float32).astype(numpy.float64)
    raise ValueError(f"there is no fill `{fill}`")


def fill_into(array, fill, seed, operand):
    """Fills a dense array, row-major; a complex element takes two numbers."""
    flat = array.reshape(-1)
    parts = flat.view(flat.real.dtype) if numpy.iscomplexobj(flat) else flat
    for first in range(0, parts.size, CHUNK):
        count = min(CHUNK, parts.size - first)
        parts[first : first + count] = values(fill, seed, operand, first, count, flat.size).astype(parts.dtype)


def weights(place, extent):
    """The factors of the checksum along one place of the result: whole numbers from 1 to 7."""
    bits = mix(mix(_word(place + 1)) + numpy.arange(extent, dtype=numpy.uint64) * GOLDEN)
    half = numpy.uint64(32)
    return 1 + (((bits >> half) * numpy.uint64(7)) >> half).astype(numpy.float64)


def checksum_of(array):
    """(sum, norm): the checksum of a result and the root of the sum of the squares of what it adds up."""
    array = numpy.asarray(array)
    shape = array.shape or (1,)
    rows = array.reshape(shape[0], -1)
    inner = numpy.ones(1)
    for place, extent in enumerate(shape[1:], start=1):
        inner = numpy.multiply.outer(inner, weights(place, extent)).reshape(-1)
    outer = weights(0, shape[0]) if array.shape else numpy.ones(1)
    total, squares = 0.0, 0.0
    step = max(1, CHUNK // max(1, rows.shape[1]))
    for first in range(0, shape[0], step):
        some = rows[first : first + step]
        wide = some.astype(numpy.complex128 if numpy.iscomplexobj(some) else numpy.float64)
        weighted = wide * inner * outer[first : first + step, None]
        one = weighted.sum()
        total += one.real + 2 * one.imag
        squares += float((numpy.abs(weighted) ** 2).sum())
    return float(total), float(numpy.sqrt(squares))


def tolerance(case, norm):
    """How far the checksum of a case may be off: 0 for whole numbers, else a multiple of the rounding of a random walk."""
    if case.program:
        return _random_walk(case.flops / 2 / max(1, case.results), case.dtype, norm)
    if case.fill in WHOLE:
        return 0.0
    summed = [extent for label, extent in case.extents.items() if label not in case.output]
    if case.fill == "positive":
        return _random_walk(len(case.terms) + sum(summed), case.dtype, norm)
    positions = 1.0
    for extent in summed:
        positions *= extent
    return _random_walk(positions, case.dtype, norm)


def _random_walk(summed, dtype, norm):
    epsilon = 2.0**-52 if dtype in ("f64", "c128") else 2.0**-23
    rounding = {"bf16": 2.0**-8, "f16": 2.0**-11}.get(dtype, 0.0)  # of results that are halves, once
    return (16 * epsilon * (summed + 1) ** 0.5 + 4 * rounding) * norm
