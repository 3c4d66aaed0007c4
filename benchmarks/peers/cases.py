"""What is measured, as data: the case files that `einc bench` reads too. benchmarks/README.md describes the form."""

import fnmatch
import json
from dataclasses import dataclass, field
from pathlib import Path

# No library that starts threads is imported here: a run settles where they go first.
FILLS = ("integers", "signs", "sparse", "uniform", "positive")
WHOLE = ("integers", "signs", "sparse")
FOLDER = Path(__file__).resolve().parents[1] / "cases"

KEYS = {
    "name", "subscripts", "program", "flops", "shapes", "extents", "dtype", "accumulate",
    "fill", "seed", "checksum", "threads", "small", "plan_only", "note",
}  # fmt: skip
BYTES = {
    "f32": 4, "f64": 8, "bf16": 2, "f16": 2, "c64": 8, "c128": 16, "bool": 1,
    "i8": 1, "i16": 2, "i32": 4, "i64": 8, "u8": 1, "u16": 2, "u32": 4, "u64": 8,
}  # fmt: skip
INTEGERS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool")
LINE = 64  # bytes of a cache line


class BadCase(ValueError):
    """A case file that does not have the form."""


@dataclass
class Case:
    suite: str
    name: str
    subscripts: str  # without blanks; empty for a program
    program: str  # the text of a program; empty for an einsum
    program_file: str
    shapes: list
    dtype: str
    fill: str
    seed: int
    checksum: float | None
    threads: int
    small: bool
    plan_only: bool
    given_flops: float | None
    accumulate: str = ""  # the type of sums and result; empty: that of the operands
    terms: list = field(default_factory=list)  # labels of each operand
    output: list = field(default_factory=list)
    extents: dict = field(default_factory=dict)  # by label

    @property
    def id(self):
        return f"{self.suite}/{self.name}"

    @property
    def text(self):
        return self.subscripts or self.program_file or "a program"

    @property
    def result_dtype(self):
        return self.accumulate or self.dtype

    @property
    def limit_dtype(self):
        """Whose arithmetic it is held against: programs compute in f32 whatever their inputs are."""
        if self.dtype == "bf16":
            return "f32" if self.program else "bf16"
        return self.result_dtype

    @property
    def is_network(self):
        return self.plan_only or (not self.program and len(self.shapes) > 2)

    @property
    def output_shape(self):
        """Of an einsum, or of an attention: as its first operand."""
        return [self.extents[label] for label in self.output] if self.subscripts else list(self.shapes[0])

    @property
    def results(self):
        return product(self.output_shape)

    @property
    def flops(self):
        """What must be done at least; of a network 0, unless the case says, because that depends on the order."""
        if self.given_flops is not None:
            return self.given_flops
        return 0.0 if self.is_network or self.program else count_flops(self)

    @property
    def bytes(self):
        return count_bytes(self)


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


def split_term(term):
    """"ab[row]" -> ["a", "b", "[row]"]."""
    labels, at = [], 0
    while at < len(term):
        end = term.index("]", at) + 1 if term[at] == "[" else at + 1
        labels.append(term[at:end])
        at = end
    return labels


def count_flops(case):
    """As src/cli/measure.cpp counts: what one operand has alone is summed first; complex numbers by their parts."""
    is_complex = case.dtype in ("c64", "c128")
    flops, together = 0.0, []
    for number, term in enumerate(case.terms):
        others = [label for other, labels in enumerate(case.terms) if other != number for label in labels]
        own = list(dict.fromkeys(term))
        kept = [label for label in own if label in case.output or label in others]
        if len(kept) < len(own):
            flops += (2 if is_complex else 1) * product(case.extents[label] for label in own)
        together += [label for label in kept if label not in together]
    if len(case.terms) > 1:
        positions = product(case.extents[label] for label in together)
        flops += (6 if is_complex else 1) * positions
        if any(label not in case.output for label in together):
            flops += (2 if is_complex else 1) * positions
    return float(flops)


def count_bytes(case):
    """(read, written): every element that is touched, once; of a diagonal a cache line for each."""
    element = BYTES[case.dtype]
    read = 0.0
    for number, shape in enumerate(case.shapes):
        touched, positions = float(element), product(shape)
        term = case.terms[number] if case.terms else []
        if len(set(term)) < len(term):
            stride, inner = 0, 1
            for label in reversed(term):
                stride += inner if label == term[-1] else 0
                inner *= case.extents[label]
            touched = min(max(stride * element, element), LINE)
            positions = product(case.extents[label] for label in set(term))
        read += touched * positions
    return read, float(BYTES[case.result_dtype] * case.results)


def parse_case(given, suite, folder):
    for key in given:
        if key not in KEYS:
            raise BadCase(f"`{key}` is no key of a case")
    if ("subscripts" in given) == ("program" in given):
        raise BadCase("one of `subscripts` and `program`")
    program = given.get("program", "")
    case = Case(
        suite=suite,
        name=given["name"],
        subscripts=given.get("subscripts", "").replace(" ", ""),
        program=(folder / program).read_text(encoding="utf-8") if program.endswith(".einc") else program,
        program_file=program if program.endswith(".einc") else "",
        shapes=[list(shape) for shape in given.get("shapes", [])],
        dtype=given.get("dtype", "f32"),
        fill=given.get("fill", "integers"),
        seed=given.get("seed", 0),
        checksum=given.get("checksum"),
        threads=given.get("threads", 0),
        small=given.get("small", False),
        plan_only=given.get("plan_only", False),
        given_flops=given.get("flops"),
        accumulate=given.get("accumulate", ""),
    )
    for dtype in (case.dtype, case.result_dtype):
        if dtype not in BYTES:
            raise BadCase(f"`{dtype}` is none of {', '.join(sorted(BYTES))}")
    if case.fill not in FILLS:
        raise BadCase(f"`{case.fill}` is none of {', '.join(FILLS)}")
    if case.subscripts:
        left, arrow, right = case.subscripts.partition("->")
        if not arrow or "." in case.subscripts:
            raise BadCase("a case spells all labels out")
        case.terms, case.output = [split_term(term) for term in left.split(",")], split_term(right)
        if "shapes" in given:
            if [len(term) for term in case.terms] != [len(shape) for shape in case.shapes]:
                raise BadCase("terms and shapes do not fit")
        else:
            case.shapes = [[given["extents"][label.strip("[]")] for label in term] for term in case.terms]
        for term, shape in zip(case.terms, case.shapes):
            for label, extent in zip(term, shape):
                if case.extents.setdefault(label, extent) != extent:
                    raise BadCase(f"label `{label}` has two extents")
        if any(label not in case.extents for label in case.output):
            raise BadCase("a label of the result is in no operand")
    return case


def read_cases(path):
    """The cases of one file. Raises BadCase, which names the file and the case."""
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cases = content["cases"]
        suite = content["suite"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadCase(f"`{path}`: is no file of cases: {error}") from error
    result = []
    for given in cases:
        whole = {**content.get("defaults", {}), **given}
        try:
            result.append(parse_case(whole, suite, path.parent))
        except (BadCase, OSError, KeyError, TypeError, ValueError) as error:
            raise BadCase(f"`{path}`: case `{whole.get('name', '?')}`: {error}") from error
    return result


def select(patterns, suites=(), small=False, folder=FOLDER):
    """Cases of the folder, and of files that are named; a pattern is a case or a suite with `*` and `?`, or a file."""
    files = [pattern for pattern in patterns if pattern.endswith(".json")]
    names = [pattern for pattern in patterns if not pattern.endswith(".json")] + list(suites)
    cases = []
    if names or not files:
        for path in sorted(Path(folder).glob("*.json")):
            cases += read_cases(path)
        if names:
            for name in names:
                if not any(_matches(case, name) for case in cases):
                    raise BadCase(f"no case matches `{name}`; --list names them all")
            cases = [case for case in cases if any(_matches(case, name) for name in names)]
    for path in files:
        cases += read_cases(path)
    return [case for case in cases if case.small or not small]


def _matches(case, pattern):
    return fnmatch.fnmatchcase(case.id, pattern) or fnmatch.fnmatchcase(case.suite, pattern)
