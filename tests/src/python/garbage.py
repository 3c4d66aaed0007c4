"""Calls with garbage arguments, run by test_garbage.py in an interpreter of its own: garbage.py SEED COUNT. Ends with a line of counts.

Whatever comes must be a result or an Exception; anything else ends the interpreter, and faulthandler says where.
"""

import array
import collections
import faulthandler
import gc
import random
import sys

import einc
import numpy as np

faulthandler.enable()
faulthandler.dump_traceback_later(240, exit=True)

PIECES = ["i", "j", "k", "ij", "ii", "...", "..", ".", ",", ",,", "->", "-", ">", "(", ")", "((", "[", "]", "[a]", "[a", "[]", "[a...]", " ", "\t", "\n", "\0", "λ", "é", "𝔸", "\ud800", "\udcff", "0", "9", "&", "{}", "%s", "i" * 70, "A", "Z", "\u200b", "\ufeff", "->ij", "->ik", "ij,jk->ik", "ij,jk"]


class NoPackage:
    """__dlpack__ gives or raises whatever it was told to."""

    def __init__(self, given, device=(1, 0)):
        self.given, self.device = given, device

    def __dlpack__(self, *arguments, **keywords):
        if isinstance(self.given, BaseException):
            raise self.given
        return self.given(**keywords) if callable(self.given) else self.given

    def __dlpack_device__(self):
        if isinstance(self.device, BaseException):
            raise self.device
        return self.device


class NoArray:
    """numpy asks it for an array and gets something else."""

    def __init__(self, given):
        self.given = given

    def __array__(self, dtype=None, copy=None):
        if isinstance(self.given, BaseException):
            raise self.given
        return self.given


class Whole:
    """An index that does something when asked."""

    def __init__(self, act):
        self.act = act

    def __index__(self):
        return self.act()


class Shrinking(collections.UserList):
    """A sequence that is shorter each time one looks."""

    def __len__(self):
        if self.data:
            self.data.pop()
        return len(self.data)


class Odd:
    """Has every name, and all of them are odd."""

    def __getattr__(self, name):
        return Odd() if name.startswith("_") and random.random() < 0.5 else 3

    def __call__(self, *arguments, **keywords):
        return random.choice([None, 3, self, (), "x"])


class BadRepr:
    def __repr__(self):
        raise RuntimeError("no repr")

    def __bool__(self):
        raise RuntimeError("no truth")

    def __eq__(self, other):
        raise RuntimeError("no equality")

    __hash__ = None


def released():
    view = memoryview(array.array("d", [1, 2, 3]))
    view.release()
    return view


def used_capsule(**keywords):
    a = np.ones((2, 3))
    capsule = a.__dlpack__()
    np.from_dlpack(NoPackage(capsule))
    return capsule


def nested(depth):
    made = []
    for _ in range(depth):
        made = [made]
    return made


def itself():
    made = []
    made.append(made)
    return made


def emptied():
    """A list of labels that empties itself while it is read."""
    labels = [0, 1]
    labels.insert(1, Whole(lambda: labels.clear() or 1))
    return labels


def resized():
    """An array that tries to give its memory back while its labels are read."""
    a = np.ones((2, 3))

    def act():
        try:
            a.resize((1000, 1000), refcheck=False)
        except ValueError:
            pass
        return 0

    return a, [Whole(act), 1]


GOOD = [np.ones((2, 3)), np.ones((3, 4)), np.arange(6.0).reshape(2, 3), np.ones((2, 2), "float32"), np.ones(3, "int8"), np.array(2.0), np.ones((3, 2), "complex64"), np.ones((2, 3), bool)]


def operand():
    draw = random.random()
    if draw < 0.5:
        return random.choice(GOOD)
    return random.choice([
        lambda: None,
        lambda: random.choice([0, 1, -1, 2**70, 1.5, float("nan"), 1j, True, "text", b"bytes", "", Ellipsis, NotImplemented, int, np, einc]),
        lambda: object(),
        lambda: BadRepr(),
        lambda: Odd(),
        lambda: released(),
        lambda: memoryview(b"abc"),
        lambda: bytearray(8),
        lambda: array.array("d", []),
        lambda: nested(random.choice([1, 5, 70, 900])),
        lambda: itself(),
        lambda: [[1, 2], [3]],
        lambda: {"a": 1},
        lambda: {1, 2},
        lambda: iter([1, 2]),
        lambda: (x for x in [1, 2]),
        lambda: np.array([None, 3], object),
        lambda: np.array(["a"]),
        lambda: np.array([1], "datetime64[s]"),
        lambda: np.ones(3, np.longdouble),
        lambda: np.zeros(2, [("a", "f4"), ("b", "i2")]),
        lambda: np.ones((1,) * 64),
        lambda: np.ones((1,) * 40),
        lambda: np.broadcast_to(1.0, (2**62,)),
        lambda: np.broadcast_to(1.0, (2**31, 2**31)),
        lambda: np.broadcast_to(1.0, (2**20, 0, 2**40)),
        lambda: np.lib.stride_tricks.as_strided(np.ones(4), (2, 2), (0, 8)),
        lambda: np.ones(17, np.uint8)[1:].view("float64"),
        lambda: np.ones((2, 3), ">f4"),
        lambda: np.ma.masked_array([1.0, 2.0], [True, False]),
        lambda: np.float64(3),
        lambda: NoPackage(None),
        lambda: NoPackage(3),
        lambda: NoPackage("capsule"),
        lambda: NoPackage(ValueError("no")),
        lambda: NoPackage(MemoryError()),
        lambda: NoPackage(RecursionError("deep")),
        lambda: NoPackage(used_capsule),
        lambda: NoPackage(np.ones((2, 3)).__dlpack__, (2, 0)),
        lambda: NoPackage(np.ones((2, 3)).__dlpack__, None),
        lambda: NoPackage(np.ones((2, 3)).__dlpack__, (1,)),
        lambda: NoPackage(np.ones((2, 3)).__dlpack__, ("cpu", 0)),
        lambda: NoPackage(np.ones((2, 3)).__dlpack__, KeyError("device")),
        lambda: NoPackage(np.ones((2, 3)).__dlpack__),
        lambda: NoPackage(np.array(1.0).__dlpack__),
        lambda: NoPackage(np.ones((0, 3)).__dlpack__),
        lambda: NoArray(None),
        lambda: NoArray(np.ones((2, 3))),
        lambda: NoArray(OSError("no")),
    ])()


def text():
    draw = random.random()
    if draw < 0.35:
        return random.choice(["ij,jk->ik", "ij->ji", "ij,jk", "i,i", "...i,i...", "ij,jk,kl->il", "", "->", "ii", "(ij,jk),kl->il", "i,j->ij", "[a][b],[b][c]->[a][c]"])
    made = "".join(random.choice(PIECES) for _ in range(random.randrange(0, 9)))
    if draw > 0.97:
        return made.encode("utf-8", "surrogatepass") + random.choice([b"", b"\xff", b"\x00"])
    if draw > 0.96:
        return made * 2000
    return made


def labels():
    return random.choice([
        lambda: [0, 1],
        lambda: [1, 2],
        lambda: (0,),
        lambda: [],
        lambda: [Ellipsis, 0],
        lambda: [Ellipsis, Ellipsis],
        lambda: [-1],
        lambda: [2**32],
        lambda: [2**64],
        lambda: [-(2**70), 1],
        lambda: ["a", "b"],
        lambda: [None],
        lambda: [1.5, 2],
        lambda: [[0], 1],
        lambda: np.array([0, 1]),
        lambda: np.array([0.5]),
        lambda: range(2),
        lambda: range(3000),
        lambda: itself(),
        lambda: emptied(),
        lambda: [Whole(lambda: 1 // 0), 1],
        lambda: [Whole(lambda: "x"), 1],
        lambda: Shrinking([0, 1, 2, 3]),
        lambda: "ij",
        lambda: None,
        lambda: 3,
        lambda: {0: 1},
    ])()


VALUES = {
    "out": lambda: random.choice([operand(), np.zeros((2, 4)), np.zeros((2, 2)), np.zeros(()), None, "out", np.zeros((2, 4), "int8")]),
    "dtype": lambda: random.choice([None, "float32", "f8", "bf16", "nothing", object, 3, [], "S9", np.dtype([("a", "i4")]), BadRepr(), "\ud800", ("f4", (2,)), "O", "m8[s]"]),
    "casting": lambda: random.choice(["no", "safe", "unsafe", "", "blah", None, 3, "\ud800", BadRepr(), b"safe", "s" * 5000]),
    "order": lambda: random.choice(["C", "F", "A", "K", "k", "", "W", "CC", None, 3, "\ud800", BadRepr(), b"C"]),
    "optimize": lambda: random.choice([True, False, None, "greedy", "optimal", "x", "\ud800", 3, [], [(0, 1)], [(0, 1), (0, 1)], ["einsum_path"], ["einsum_path", (0, 1)], [(-1, 5)], [(2**70, 0)], [("a",)], [None], itself(), ("greedy", 2**70), ("greedy", "x"), BadRepr(), [Shrinking([0, 1])], [[Whole(lambda: 1 // 0)]], {}, np.array([[0, 1]])]),
    "threads": lambda: random.choice([1, 0, 2, -1, -(2**31), 2**31 - 1, 2**31, 2**70, 1.5, "2", None, True, Whole(lambda: 2)]),
    "memory_limit": lambda: random.choice([0, 1, -1, 2**62, 2**63 - 1, -(2**63), 2**63, 2**200, 1e30, "1MiB", None]),
    "planner": lambda: random.choice(["automatic", "exact", "greedy", "left_to_right", "", "x", None, 3, "\ud800", "a\0b"]),
    "effort": lambda: random.choice(["fast", "balanced", "", None, 1e-3, 0, -1, float("nan"), float("inf"), 2**2000, True, []]),
    "seed": lambda: random.choice([0, 1, -1, 2**64 - 1, 2**64, 1.5, "x", None]),
    "objective": lambda: random.choice(["seconds", "flops", "size", "write", "time", "", 3, None]),
    "isa": lambda: random.choice(["", "baseline", "avx2", "avx512", "neon", "x", None, 3, "\ud800", "\0"]),
    "semiring": lambda: random.choice(["plus_times", "max_plus", "or_and", "count", "x", "", None, 3, {}, {"name": "a"}, {"name": "m", "add": "max(x, y)", "multiply": "x * y", "zero": 0, "one": 1}, {"name": "m", "add": "max(x,", "multiply": "x ** ", "zero": 0, "one": 1}, {"name": "m", "add": "(" * 3000, "multiply": "y", "zero": "0", "one": None}, {1: 2}, {"name": "", "add": "", "multiply": "", "zero": float("nan"), "one": float("inf")}]),
    "accumulate": lambda: random.choice(["same", "wide", "x", None, "int32", "f64", "complex64", "V8", 3, object]),
    "broadcast": lambda: random.choice(["strict", "numpy", "x", None, True]),
    "conjugate": lambda: random.choice([[], [True], [True, False], [1, 0], [True] * 1000, "tf", None, 3, itself()]),
    "sum_ellipsis": lambda: random.choice([True, False, None, 1, "yes", BadRepr()]),
    "forbid_fallback": lambda: random.choice([True, False, None, 1]),
    "stream": lambda: random.choice(["allow", "require", "forbid", "x", None]),
    "no_such": lambda: 1,
    "ö\ud800": lambda: 1,
    "": lambda: None,
}


def keywords(most):
    names = random.sample(list(VALUES), random.choice([0, 0, 0, 1, 1, 2, most]))
    return {name: VALUES[name]() for name in names}


def operands():
    return [operand() for _ in range(random.choice([0, 1, 1, 2, 2, 2, 3, 5]))]


def shapes():
    return [random.choice([(2, 3), (3, 4), (), [2, 3], (0,), (-1, 2), (2**40, 2**40), (2**70,), ("a",), (1.5,), None, 3, "ij", (1,) * 100, operand()]) for _ in range(random.choice([0, 1, 2, 3]))]


KEPT = [einc.compile("ij,jk->ik", (2, 3), (3, 4), dtype="float64"), einc.compile("ij->", (2, 3), dtype="int8"), einc.contract_expression("ij,jk,kl->il", (2, 3), (3, 4), (4, 2))]


def with_out():
    """Keywords of a call of something compiled."""
    return {} if random.random() < 0.5 else {random.choice(["out", "out", "dtype", "\ud800"]): VALUES["out"]()}


def interleaved():
    arguments = [part for a in operands() for part in (a, labels())]
    if random.random() < 0.3:
        a, asked = resized()
        arguments += [a, asked]
    return arguments + ([labels()] if random.random() < 0.5 else [])


CALLS = [
    lambda: einc.einsum(text(), *operands(), **keywords(4)),
    lambda: einc.einsum(text(), *operands(), **keywords(2)),
    lambda: einc.einsum(*interleaved(), **keywords(2)),
    lambda: einc.einsum(*operands(), **keywords(1)),
    lambda: einc.einsum(),
    lambda: einc.compile(text(), *shapes(), **keywords(3)),
    lambda: einc.compile(*operands(), **keywords(1)),
    lambda: random.choice(KEPT)(*operands(), **with_out()),
    lambda: KEPT[0].outputs(*operands()),
    lambda: KEPT[0].explain(random.choice(["text", "json", "dot", "html", "", "x", None, "\ud800", 3])),
    lambda: einc.contract(text(), operand(), operand(), alpha=random.choice([1, 2.5, "x", None, 2**2000, 1j]), beta=random.choice([0, 1, None, float("nan")]), out=VALUES["out"](), **{name: value for name, value in keywords(1).items() if name != "out"}),
    lambda: einc.contract_path(text(), *operands(), **{name: value for name, value in keywords(2).items() if name != "out"}),
    lambda: einc.einsum_path(*interleaved(), optimize=VALUES["optimize"]()),
    lambda: einc.contract_expression(text(), *shapes(), constants=random.choice([None, [], [0], [5], [-1], "x", 3, [None]]), optimize=VALUES["optimize"]()),
    lambda: einc.einsum_view(text(), operand()),
    lambda: einc.tensordot(operand(), operand(), random.choice([0, 1, 2, -1, 2**70, ([0], [1]), ([5], [0]), "x", None, ([0, 0], [0, 0]), itself()])),
    lambda: einc.transpose(operand(), random.choice([None, (1, 0), (0, 0), (5,), "x", 3, itself(), (2**70, 0)])),
    lambda: einc.measure_limits(random.choice(["x", "\ud800", None, "nothing"]), random.choice([1, -1, "x"])),
    lambda: einc.set_num_threads(random.choice([-1, "x", None, 2**70, -(2**70), 1.5])),
    lambda: getattr(einc, random.choice(["Compiled", "Cpu", "Limits"]))(*operands()),
    lambda: getattr(einc, random.choice(["Error", "ElementTypeError", "MemoryLimitError", "InternalError"]))(*operands()),
    lambda: object.__new__(random.choice([einc.Compiled, einc.Cpu, einc.Limits])),
    lambda: repr(random.choice([einc.Compiled, einc.Cpu, einc.Limits]).__new__(random.choice([einc.Compiled, einc.Cpu, einc.Limits]))),
    lambda: type(KEPT[0]).__call__(operand(), *operands()),
    lambda: einc.Compiled.shape.__get__(operand()),
]


def main(seed, count):
    counts = collections.Counter()
    for number in range(count):
        random.seed(seed * 1_000_003 + number)
        try:
            random.choice(CALLS)()
            counts["result"] += 1
        except Exception as raised:
            if type(raised) is einc.InternalError:
                print(f"internal error in call {number} of seed {seed}: {raised}", file=sys.stderr)
            counts[type(raised).__name__] += 1
        if number % 1000 == 0:
            gc.collect()
    a = np.arange(6.0).reshape(2, 3)
    assert (einc.einsum("ij,kj->ik", a, a) == a @ a.T).all()
    print(dict(counts))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(int(sys.argv[1]), int(sys.argv[2]))
