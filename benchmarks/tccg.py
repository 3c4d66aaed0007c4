"""Makes the other readings of the TCCG benchmark from cases/tccg.json: row-major, and both in small.

    python -m benchmarks.tccg

A name there is result, left and right as TCCG writes them. There the first label of a term is the one whose neighbours are
next to each other; tccg.json says the same row-major, every term reversed. The row-major reading takes the terms as they
stand: another layout, and another problem.
"""

from benchmarks import case_files

SMALL_POSITIONS = 1 << 21  # of all labels together, in a small case: a few Mflop


def shrunk(extents):
    """All extents made smaller by one factor, to a multiple of 2."""
    positions = 1
    for extent in extents.values():
        positions *= extent
    factor = (SMALL_POSITIONS / positions) ** (1 / len(extents))
    return {label: max(4, 2 * round(extent * factor / 2)) for label, extent in extents.items()}


def as_written(name):
    result, left, right = name.split("-")
    return f"{left},{right}->{result}"


def files():
    column_major = case_files.without_checksums(case_files.read(case_files.FOLDER / "tccg.json"))["cases"]
    row_major = [{**case, "subscripts": as_written(case["name"])} for case in column_major]

    def small(cases):
        return [{**case, "extents": shrunk(case["extents"]), "small": True} for case in cases]

    origin = "Tensor contractions of quantum chemistry, from the TCCG benchmark (HPAC)."
    taken = "The text is TCCG's, taken as row-major."
    reversed_ = "A name is result, left, right as TCCG writes them, column-major; the text says the same row-major."
    less = "All extents are smaller by one factor: some 2 million positions."
    return {
        "tccg_row_major.json": {"suite": "tccg-row-major", "note": f"{origin} {taken}", "cases": row_major},
        "tccg_small.json": {"suite": "tccg-small", "note": f"{origin} {reversed_} {less}", "cases": small(column_major)},
        "tccg_row_major_small.json": {"suite": "tccg-row-major-small", "note": f"{origin} {taken} {less}", "cases": small(row_major)},
    }


if __name__ == "__main__":
    case_files.main(files())
