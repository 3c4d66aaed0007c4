"""Orders of contraction as numpy and opt_einsum write them: to be read (einsum_path, contract_path) and to be given (optimize=)."""

from math import prod
from operator import index

from numpy import asarray

from ._einc import _text_of_lists, compile, einsum
from ._faults import PathError, fault

# How other libraries call planners, and ours. "auto" and its like look at the size of the network, as ours does.
_PLANNERS = {
    "greedy": "greedy",
    "optimal": "exact",
    "dp": "exact",
    "dynamic-programming": "exact",
    "auto": "automatic",
    "auto-hq": "automatic",
    "branch-all": "automatic",
    "branch-2": "automatic",
    "branch-1": "automatic",
    "random-greedy": "automatic",
    "random-greedy-128": "automatic",
    "eager": "greedy",
    "opportunistic": "greedy",
}


def _planner(name):
    planner = _PLANNERS.get(name)
    if planner is None:
        raise fault(f"`{name}` is no planner; known are {', '.join(_PLANNERS)}")
    return planner


def grouped(text, count, path):
    """A text whose parentheses say what a path says, and the order in which it takes the operands.

    >>> grouped("ij,jk,kl->il", 3, [(1, 2), (0, 1)])
    ('ij,(jk,kl)->il', [0, 1, 2])
    """
    if "(" in text:
        raise fault(f"the text `{text}` fixes the order by parentheses, and the path does so again")
    terms, arrow, result = text.partition("->")
    terms = terms.split(",")
    if len(terms) != count:
        return text, list(range(count))  # the call itself tells what is wrong
    left = [(term, [number]) for number, term in enumerate(terms)]
    for step in path:
        step = tuple(index(place) for place in step)
        places = sorted(set(step))
        if not places or places[0] < 0 or places[-1] >= len(left) or len(places) != len(step):
            raise fault(f"the path takes {step} where {len(left)} operands are left", PathError)
        taken = [left[place] for place in places]
        left = [item for place, item in enumerate(left) if place not in places]
        written = ",".join(term for term, _ in taken)
        numbers = [number for _, group in taken for number in group]
        left.append((f"({written})" if len(taken) > 1 and left else written, numbers))
    if len(left) > 1:
        raise fault(f"the path ends with {len(left)} operands left; its last step takes all that are", PathError)
    return ",".join(term for term, _ in left) + arrow + result, [number for _, group in left for number in group]


def _steps(path):
    """The steps of a path, without the word that numpy puts before them."""
    return path[1:] if path and isinstance(path[0], str) and path[0] == "einsum_path" else path


def take_optimize(text, count, optimize):
    """The argument `optimize` of einsum: the name of a planner, or (text, order of the operands) for a path."""
    if optimize is True or optimize is None:
        return "automatic"
    if optimize is False:
        return "left_to_right"
    if isinstance(optimize, str):
        return _planner(optimize)
    if isinstance(optimize, (list, tuple)):
        if len(optimize) == 2 and isinstance(optimize[0], str) and optimize[0] != "einsum_path" and isinstance(optimize[1], (int, float)):
            return _planner(optimize[0])  # and numpy's limit on intermediates, which it only tries to keep
        path = _steps(optimize)
        if all(isinstance(step, (list, tuple)) for step in path):
            return grouped(text, count, path)
    raise TypeError(f"`optimize` is True, False, the name of a planner or a path, not {optimize!r}")


class PathInfo(str):
    """What einsum_path and contract_path say of an order: a text to print, with the figures as attributes.

    plan: the Compiled. path: as opt_einsum writes it. opt_cost, naive_cost: flops of the order, and of one loop nest over all labels.
    speedup: their ratio. largest_intermediate: elements of the largest array that a step gives, the result among them.
    eq: the subscripts.
    """

    def __new__(cls, plan, path):
        self = super().__new__(cls, str(plan.explain()))
        figures = plan.plan
        self.plan = plan
        self.path = path
        self.eq = plan.text
        self.opt_cost = figures["flops"]
        self.naive_cost = figures["naive_flops"]
        self.speedup = self.naive_cost / self.opt_cost if self.opt_cost else 1.0
        self.largest_intermediate = max(int(figures["largest_intermediate_bytes"]) // _bytes_between_steps(plan.dtype), prod(plan.shape))
        return self

    def _repr_html_(self):
        return self.plan._repr_html_()


def _bytes_between_steps(dtype):
    """Bytes of an element of an intermediate: halves are numbers of 32 bits there."""
    if dtype == "bool":
        return 1
    return max(int("".join(filter(str.isdigit, dtype))) // 8, 4 if "float" in dtype else 1)


def _text_and_operands(subscripts, operands):
    """Both forms of a call as one: a text, and what stands for the operands."""
    if isinstance(subscripts, bytes):
        subscripts = subscripts.decode()
    if not isinstance(subscripts, str):
        lists = [subscripts, *operands]
        result = lists.pop() if len(lists) % 2 else None
        subscripts, operands = _text_of_lists(lists[1::2], result), lists[::2]
    if not operands:
        raise fault("a path has at least one operand", code="operand_count")
    return subscripts, operands


def _compiled(text, operands, optimize, options):
    """The expression compiled, and its path in terms of the operands as they were given."""
    if optimize is None:
        compiled = compile(text, *operands, **options)
        return compiled, compiled.plan["order"]
    chosen = take_optimize(text, len(operands), optimize)
    if isinstance(chosen, str):
        compiled = compile(text, *operands, **{"planner": chosen, **options})
        return compiled, compiled.plan["order"]
    text, order = chosen
    if options.get("constants"):
        options = {**options, "constants": [order.index(number) for number in options["constants"]]}
    return compile(text, *[operands[number] for number in order], **options), [tuple(step) for step in _steps(optimize)]


def _shape_or_array(operand, is_shape):
    """compile takes lists for shapes; here they are arrays unless the caller says otherwise."""
    if is_shape:
        return tuple(operand)
    return asarray(operand) if isinstance(operand, (list, tuple)) else operand


def contract_path(subscripts, *operands, optimize=None, shapes=False, **options):
    """The order einc takes, as opt_einsum.contract_path gives it: (path, PathInfo). shapes: operands are shapes, not arrays.

    Raises Error, as einsum does. Options are those of compile.

    >>> import einc
    >>> path, info = einc.contract_path("ij,jk,kl->il", (10, 10), (10, 10), (10, 2), shapes=True)
    >>> path
    [(1, 2), (0, 1)]
    >>> info.opt_cost
    800.0
    """
    text, operands = _text_and_operands(subscripts, operands)
    compiled, path = _compiled(text, [_shape_or_array(operand, shapes) for operand in operands], optimize, options)
    return path, PathInfo(compiled, path)


def einsum_path(subscripts, *operands, optimize=None, **options):
    """The order einc takes, as numpy.einsum_path gives it: (["einsum_path", (0, 1), ...], PathInfo). einsum(..., optimize=path) takes it.

    >>> import einc, numpy as np
    >>> path, info = einc.einsum_path("ij,jk,kl->il", np.ones((10, 10)), np.ones((10, 10)), np.ones((10, 2)))
    >>> path
    ['einsum_path', (1, 2), (0, 1)]
    """
    path, info = contract_path(subscripts, *operands, optimize=optimize, **options)
    return ["einsum_path", *path], info


class ContractExpression:
    """What contract_expression gives: call it with the arrays that are no constants, and `out` if there is an array for the result."""

    def __init__(self, subscripts, operands, constants, optimize, options):
        self.subscripts, operands = _text_and_operands(subscripts, operands)
        self._options = options
        self._constants = {number: operands[number] for number in constants}
        self._count = len(operands)
        given = [_shape_or_array(operand, number not in self._constants) for number, operand in enumerate(operands)]
        compiled, self.path = _compiled(self.subscripts, given, optimize, {**options, "constants": sorted(self._constants)})
        self.info = PathInfo(compiled, self.path)
        as_written = list(range(self._count))
        self._text, order = (self.subscripts, as_written) if "(" in self.subscripts or self._count < 3 else grouped(self.subscripts, self._count, self.path)
        self._order = None if order == as_written else order
        self._compiled = {}  # with the constants, for element types of the other arrays

    def __call__(self, *arrays, out=None):
        if len(arrays) != self._count - len(self._constants):
            raise fault(f"the expression `{self.subscripts}` takes {self._count - len(self._constants)} arrays beside its constants, not {len(arrays)}")
        if self._constants:
            return self._with_constants(arrays)(*self._in_order(arrays), out=out)
        if self._order is not None:
            arrays = [arrays[number] for number in self._order]
        return einsum(self._text, *arrays, out=out, order="C", **self._options)

    def _in_order(self, arrays):
        """The arrays beside the constants, as the text that is compiled has them."""
        if self._order is None:
            return arrays
        numbers = [number for number in range(self._count) if number not in self._constants]
        places = dict(zip(numbers, arrays))
        return [places[number] for number in self._order if number in places]

    def _with_constants(self, arrays):
        arrays = [asarray(array) if isinstance(array, (list, tuple)) or not hasattr(array, "dtype") else array for array in arrays]
        types = tuple(str(array.dtype) for array in arrays)
        found = self._compiled.get(types)
        if found is None:
            rest = iter(arrays)
            operands = [self._constants[number] if number in self._constants else next(rest) for number in range(self._count)]
            order = self._order or range(self._count)
            constants = [place for place, number in enumerate(order) if number in self._constants]
            operands = [_shape_or_array(operands[number], False) for number in order]
            found = self._compiled[types] = compile(self._text, *operands, **{**self._options, "constants": constants})
        return found

    def __repr__(self):
        return f"<einc.ContractExpression {self.subscripts}>"


def contract_expression(subscripts, *shapes, constants=None, optimize=None, **options):
    """An einsum whose order is worked out once, for arrays like these shapes, as opt_einsum.contract_expression.

    constants: numbers of operands given as arrays here, and left out of the calls: what is made of them alone is computed once, and the order
    is chosen by what is left for the calls. Raises Error, as einsum does.

    >>> import einc, numpy as np
    >>> f = einc.contract_expression("ij,jk->ik", (2, 3), np.ones((3, 2)), constants=[1])
    >>> f(np.ones((2, 3)))
    array([[3., 3.],
           [3., 3.]])
    """
    constants = sorted(constants or ())
    count = len(shapes) if isinstance(subscripts, (str, bytes)) else (len(shapes) + 1) // 2
    for number in constants:
        if not 0 <= number < count:
            raise fault(f"there is no operand {number} to be a constant")
    return ContractExpression(subscripts, shapes, constants, optimize, options)
