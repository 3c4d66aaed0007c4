"""The two calls besides einsum that opt_einsum asks of a backend: opt_einsum.contract(..., backend="einc")."""

from operator import index

from numpy import shape as numpy_shape

from ._einc import einsum
from ._faults import fault


def _shape(array):
    found = getattr(array, "shape", None)
    return numpy_shape(array) if found is None else tuple(found)


def _places(places, rank):
    """Places counted from the front, of an array that has `rank`."""
    try:
        counted = [index(place) for place in places]
    except TypeError:
        counted = [index(places)]
    counted = [place + rank if place < 0 else place for place in counted]
    if any(not 0 <= place < rank for place in counted) or len(set(counted)) != len(counted):
        raise fault(f"({', '.join(map(str, counted))}) are no places of an array that has {rank}")
    return counted


def transpose(a, axes=None):
    """An array with its places in another order, as numpy.transpose: a view.

    >>> import einc, numpy as np
    >>> einc.transpose(np.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    rank = len(_shape(a))
    order = list(range(rank))[::-1] if axes is None else _places(axes, rank)
    if len(order) != rank:
        raise fault(f"({', '.join(map(str, order))}) is no order of the {rank} places of an array")
    return einsum(a, list(range(rank)), order)


def tensordot(a, b, axes=2):
    """The sum of products over pairs of places, as numpy.tensordot. axes: how many of the last of `a` and the first of `b`, or two lists.

    >>> import einc, numpy as np
    >>> einc.tensordot(np.ones((2, 3)), np.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    shape_a, shape_b = _shape(a), _shape(b)
    rank_a, rank_b = len(shape_a), len(shape_b)
    if hasattr(axes, "__index__"):
        count = index(axes)
        if not 0 <= count <= min(rank_a, rank_b):
            raise fault(f"arrays of {rank_a} and {rank_b} places have no {count} in common")
        of_a, of_b = list(range(rank_a - count, rank_a)), list(range(count))
    else:
        both = tuple(axes)
        if len(both) != 2:
            raise fault(f"`axes` is a number or two lists of places, not {len(both)}")
        of_a, of_b = _places(both[0], rank_a), _places(both[1], rank_b)
    if len(of_a) != len(of_b):
        raise fault(f"{len(of_a)} places of the first array cannot meet {len(of_b)} of the second")
    labels_a = list(range(rank_a))
    labels_b = list(range(rank_a, rank_a + rank_b))
    for place_a, place_b in zip(of_a, of_b):
        if shape_a[place_a] != shape_b[place_b]:  # tensordot does not stretch extents of 1
            raise fault(f"place {place_a} of the first array has {shape_a[place_a]} positions, place {place_b} of the second {shape_b[place_b]}")
        labels_b[place_b] = labels_a[place_a]
    kept = [label for place, label in enumerate(labels_a) if place not in of_a] + [label for place, label in enumerate(labels_b) if place not in of_b]
    return einsum(a, labels_a, b, labels_b, kept, order="C")
