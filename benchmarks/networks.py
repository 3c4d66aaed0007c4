"""Makes cases/networks.json: tensor networks whose order of contraction is the question.

    python -m benchmarks.networks

The same file on every machine: all choices come from a generator of its own, started with the seed that the case names.
Knows networks only; what runs them reads the file.
"""

from benchmarks import case_files

WORD = (1 << 64) - 1


class Random:
    """A small generator that is the same everywhere and for good."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        x = self.state
        x = ((x ^ (x >> 32)) * 0xD6E8FEB86659FD93) & WORD
        x = ((x ^ (x >> 32)) * 0xD6E8FEB86659FD93) & WORD
        return (((x ^ (x >> 32)) >> 32) * n) >> 32

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def letter(number):
    """A label of one character, as opt_einsum counts them: a to z, A to Z, then what lies behind Latin-1's letters."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[number] if number < len(letters) else chr(number + 140)


class Network:
    """Operands as lists of labels, labels as numbers with extents."""

    def __init__(self):
        self.operands = []
        self.extents = []

    def label(self, extent):
        self.extents.append(extent)
        return len(self.extents) - 1

    def operand(self, labels):
        self.operands.append(list(labels))

    def case(self, name, output=(), **keys):
        text = ",".join("".join(letter(label) for label in labels) for labels in self.operands)
        extents = {letter(label): extent for label, extent in enumerate(self.extents)}
        return {"name": name, "subscripts": f"{text}->{''.join(letter(label) for label in output)}", "extents": extents, **keys}


def is_connected(vertices, edges):
    reached, open_ends = {0}, [0]
    while open_ends:
        vertex = open_ends.pop()
        for edge in edges:
            if vertex in edge:
                other = edge[0] + edge[1] - vertex
                if other not in reached:
                    reached.add(other)
                    open_ends.append(other)
    return len(reached) == vertices


def from_graph(vertices, edges, extent):
    """An operand at each vertex, a label along each edge."""
    network = Network()
    labels = [[] for _ in range(vertices)]
    for first, second in edges:
        label = network.label(extent)
        labels[first].append(label)
        labels[second].append(label)
    for of_vertex in labels:
        network.operand(of_vertex)
    return network


def regular_graph(vertices, degree, extent, seed):
    return from_graph(vertices, simple_regular_edges(vertices, degree, Random(seed)), extent)


def lattice(shape, extent, closed=False):
    """Neighbours on a grid of any number of directions, with open ends cut off; of a closed one the last is the first's neighbour."""
    sizes = list(shape)
    count = 1
    for size in sizes:
        count *= size
    edges, step = [], 1
    for size in reversed(sizes):
        edges += [(v, v + step) for v in range(count) if (v // step) % size + 1 < size]
        if closed and size > 2:
            edges += [(v, v - step * (size - 1)) for v in range(count) if (v // step) % size + 1 == size]
        step *= size
    return from_graph(count, edges, extent)


def simple_regular_edges(vertices, degree, random):
    """Edge ends are paired at random until the graph is simple and connected."""
    while True:
        ends = random.shuffled([vertex for vertex in range(vertices) for _ in range(degree)])
        edges = [tuple(sorted(pair)) for pair in zip(ends[::2], ends[1::2])]
        if len(set(edges)) == len(edges) and all(a != b for a, b in edges) and is_connected(vertices, edges):
            return edges


def hypernetwork(operands, holders, most, kept, extents, seed):
    """Labels of two to `holders` operands: one joins each operand to earlier ones, half as many join any. Operands take new labels
    until they have `most`. Extents are mixed, and some labels are in the result."""
    random, network = Random(seed), Network()
    of = [[] for _ in range(operands)]

    def join(own, among):
        free = [other for other in among if len(of[other]) < most and other not in own]
        label = network.label(extents[random.below(len(extents))])
        for operand in own + random.shuffled(free)[: 1 + random.below(holders - 1)]:
            of[operand].append(label)

    for operand in range(1, operands):
        join([operand], range(operand))
    for _ in range(operands // 2):
        join([], range(operands))
    for labels in of:
        network.operand(random.shuffled(labels))
    return network, random.shuffled(range(len(network.extents)))[:kept]


def norm_of_state(sites, bond, physical):
    """<psi|psi> of a matrix product state: two trains over the same physical labels."""
    return sandwich(sites, [bond, bond], physical)


def sandwich(sites, bonds, physical):
    """Trains above each other, each with its own bonds; neighbours share a physical label at every site."""
    network = Network()
    joined = [[network.label(physical) for _ in bonds[1:]] for _ in range(sites)]
    for row, bond in enumerate(bonds):
        between = [network.label(bond) for _ in range(sites - 1)]
        for site in range(sites):
            chain = between[max(0, site - 1) : site + 1] if site > 0 else between[:1]
            network.operand(chain + joined[site][max(0, row - 1) : row + 1])
    return network


def product_of_states(sites, bond, physical, seed):
    """<phi|psi> of matrix product states whose sites have different numbers of positions."""
    random, network = Random(seed), Network()
    low, high = physical
    joined = [network.label(low + random.below(high - low + 1)) for _ in range(sites)]
    for _ in range(2):
        between = [network.label(bond) for _ in range(sites - 1)]
        for site in range(sites):
            network.operand([joined[site], *between[max(0, site - 1) : site + 1]])
    return network


def norm_of_sheet(rows, columns, bond, physical):
    """<psi|psi> of a projected entangled pair state: two lattices over the same physical labels."""
    network = Network()
    joined = [network.label(physical) for _ in range(rows * columns)]
    for _ in range(2):
        for labels, own in zip(from_lattice(network, rows, columns, bond), joined):
            network.operand([*labels, own])
    return network


def from_lattice(network, rows, columns, extent):
    """For each vertex the labels of its edges, made in a network."""
    labels = [[] for _ in range(rows * columns)]
    for row in range(rows):
        for column in range(columns):
            at = row * columns + column
            for other in [at + 1] * (column + 1 < columns) + [at + columns] * (row + 1 < rows):
                label = network.label(extent)
                labels[at].append(label)
                labels[other].append(label)
    return labels


def approximate_cut(vertices, degree, rounds, seed):
    """What the approximate optimisation algorithm of quantum computers expects of one edge of a random regular graph: a label goes
    straight through the diagonal gates of all edges, and is changed by a gate of each vertex. Farhi et al., arXiv:1411.4028."""
    random, network = Random(seed), Network()
    edges = simple_regular_edges(vertices, degree, random)
    ends = []
    for _ in range(2):
        wires = [network.label(2) for _ in range(vertices)]
        for wire in wires:
            network.operand([wire])
        for _ in range(rounds):
            for first, second in edges:
                network.operand([wires[first], wires[second]])
            for vertex in range(vertices):
                after = network.label(2)
                network.operand([wires[vertex], after])
                wires[vertex] = after
        ends.append(wires)
    for vertex in range(vertices):
        network.operand([ends[0][vertex], ends[1][vertex]])
    return network


def formula(variables, clauses, seed):
    """How many models a random formula has: a label for each variable, three in a clause."""
    random, network = Random(seed), Network()
    labels = [network.label(2) for _ in range(variables)]
    used = set()
    for _ in range(clauses):
        chosen = random.shuffled(labels)[:3]
        used.update(chosen)
        network.operand(chosen)
    for label in labels:
        if label not in used:
            network.operand([label])
    return network


def markov(states, words):
    """The likelihood of a text under a hidden Markov model: a label for the state at each word."""
    network = Network()
    labels = [network.label(states) for _ in range(words)]
    network.operand(labels[:1])
    for before, after in zip(labels, labels[1:]):
        network.operand([before, after])
    for label in labels:
        network.operand([label])
    return network


def layered_state(layers, hidden, words, texts):
    """Likelihoods of windows of text as squares of a state in layers: each label is split by an operand of three labels, then
    neighbours are mixed by one of four. Two such states, and the text of each window at the labels below, twice."""
    network = Network()
    window, count = network.label(texts), 2
    for _ in range(layers):
        count *= 2
    seen = [network.label(words) for _ in range(count)]
    for _ in range(2):
        ends = [network.label(hidden) for _ in range(2)]
        network.operand(ends)
        for layer in range(layers):
            last = layer + 1 == layers
            below = []
            for end in ends:
                pair = [network.label(hidden), network.label(hidden)]
                if last and not below:
                    pair[0] = seen[0]
                if last and end == ends[-1]:
                    pair[1] = seen[-1]
                network.operand([end, *pair])
                below += pair
            for at in range(1, len(below) - 1, 2):
                mixed = seen[at : at + 2] if last else [network.label(hidden), network.label(hidden)]
                network.operand([*below[at : at + 2], *mixed])
                below[at : at + 2] = mixed
            ends = below
        for label in seen:
            network.operand([window, label])
    return network, [window]


def circuit(pairs_of, qubits, layers, seed):
    """One amplitude of a circuit of two-qubit gates: vectors at both ends, gates of four labels between."""
    network, random = Network(), Random(seed)
    wires = [network.label(2) for _ in range(qubits)]
    for wire in wires:
        network.operand([wire])
    for layer in range(layers):
        for first, second in pairs_of(layer, random):
            after = [network.label(2), network.label(2)]
            network.operand([wires[first], wires[second], *after])
            wires[first], wires[second] = after
    for wire in wires:
        network.operand([wire])
    return network


def pairs_on_grid(rows, columns):
    """Layer by layer the pairs of one direction and parity; one in eight is left out."""

    def pairs(layer, random):
        chosen = []
        down, parity = layer % 2 == 1, (layer // 2) % 2
        for row in range(rows):
            for column in range(columns):
                at, place, size = row * columns + column, (row if down else column), (rows if down else columns)
                if place % 2 == parity and place + 1 < size and random.below(8) > 0:
                    chosen.append((at, at + (columns if down else 1)))
        return chosen

    return pairs


def tree(operands, extent, seed):
    """Every operand hangs on an earlier one that has fewer than three others."""
    random, edges, degree = Random(seed), [], [0] * operands
    for vertex in range(1, operands):
        free = [other for other in range(vertex) if degree[other] < 3]
        parent = free[random.below(len(free))]
        edges.append((parent, vertex))
        degree[parent] += 1
        degree[vertex] += 1
    return from_graph(operands, edges, extent)


def chain(matrices, seed):
    """A product of matrices of mixed extents."""
    random, network = Random(seed), Network()
    labels = [network.label(8 * (1 + random.below(24))) for _ in range(matrices + 1)]
    for first, second in zip(labels, labels[1:]):
        network.operand([first, second])
    return network, (labels[0], labels[-1])


def cases():
    made = []
    for degree, vertices, extent, seed, keys in [
        (3, 20, 2, 1, {"small": True}),
        (3, 30, 2, 2, {"small": True}),
        (3, 40, 2, 3, {}),
        (3, 60, 2, 4, {}),
        (3, 100, 2, 5, {"plan_only": True}),
        (3, 200, 2, 6, {"plan_only": True}),
        (4, 16, 2, 7, {"small": True}),
        (4, 20, 2, 8, {"small": True}),
        (4, 30, 2, 9, {}),
        (4, 60, 2, 10, {"plan_only": True}),
    ]:
        made.append(regular_graph(vertices, degree, extent, seed).case(f"regular{degree}-n{vertices}", seed=seed, **keys))
    for shape, extent, keys in [
        ((4, 4), 4, {"small": True}),
        ((4, 4), 16, {}),
        ((8, 8), 2, {"small": True}),
        ((8, 8), 3, {}),
        ((8, 8), 8, {"plan_only": True}),
        ((16, 16), 2, {"plan_only": True}),
        ((3, 3, 4), 2, {}),
        ((4, 4, 4), 2, {"plan_only": True}),
        ((6, 6, 6), 2, {"plan_only": True}),
    ]:
        name = "x".join(str(size) for size in shape)
        made.append(lattice(shape, extent).case(f"lattice-{name}-d{extent}", **keys))
    made.append(lattice((6, 6), 2, closed=True).case("torus-6x6-d2", small=True))
    made.append(lattice((10, 10), 2, closed=True).case("torus-10x10-d2", plan_only=True))
    made.append(lattice((4, 4, 4), 2, closed=True).case("torus-4x4x4-d2", plan_only=True))
    made.append(norm_of_state(20, 16, 2).case("mps-n20-d16", small=True))
    made.append(norm_of_state(100, 32, 2).case("mps-n100-d32"))
    made.append(norm_of_state(100, 64, 2).case("mps-n100-d64"))
    made.append(sandwich(12, [16, 4, 16], 4).case("train-operator-n12-r16", small=True))
    made.append(sandwich(40, [32, 8, 32], 4).case("train-operator-n40-r32", plan_only=True))
    for rows, columns, layers, seed, keys in [
        (1, 12, 8, 11, {"small": True}),
        (4, 4, 8, 12, {"small": True}),
        (5, 5, 8, 13, {}),
        (6, 6, 16, 14, {"plan_only": True}),
        (7, 7, 16, 15, {"plan_only": True}),
    ]:
        network = circuit(pairs_on_grid(rows, columns), rows * columns, layers, seed)
        made.append(network.case(f"circuit-{rows}x{columns}-l{layers}", dtype="c64", seed=seed, **keys))
    made.append(tree(63, 4, 16).case("tree-n63-d4", seed=16, small=True))
    made.append(tree(1000, 8, 17).case("tree-n1000-d8", seed=17))
    for matrices, seed, keys in [(10, 18, {"small": True}), (40, 19, {})]:
        network, ends = chain(matrices, seed)
        made.append(network.case(f"chain-n{matrices}", output=ends, seed=seed, **keys))
    for operands, holders, most, kept, extents, seed, keys in [
        (20, 4, 5, 2, (2, 3, 4), 20, {"small": True}),
        (60, 4, 5, 3, (2, 3), 21, {"plan_only": True}),
        (200, 3, 4, 0, (2, 2, 3), 22, {"plan_only": True}),
    ]:
        network, output = hypernetwork(operands, holders, most, kept, extents, seed)
        made.append(network.case(f"hypernetwork-n{operands}", output=output, seed=seed, **keys))
    made.append(product_of_states(100, 20, (10, 200), 23).case("mps-product-n100-d20", seed=23, plan_only=True))
    made.append(norm_of_sheet(4, 4, 2, 2).case("sheet-4x4-d2", small=True))
    made.append(norm_of_sheet(5, 5, 3, 2).case("sheet-5x5-d3", plan_only=True))
    made.append(norm_of_sheet(6, 6, 3, 2).case("sheet-6x6-d3", plan_only=True))
    for vertices, degree, rounds, seed, keys in [(10, 3, 1, 24, {"small": True}), (16, 3, 2, 25, {"plan_only": True}), (24, 3, 3, 26, {"plan_only": True})]:
        network = approximate_cut(vertices, degree, rounds, seed)
        made.append(network.case(f"approximate-cut-n{vertices}-p{rounds}", dtype="c64", seed=seed, **keys))
    for variables, clauses, seed, keys in [(20, 30, 27, {"small": True}), (40, 80, 28, {"plan_only": True}), (100, 150, 29, {"plan_only": True})]:
        made.append(formula(variables, clauses, seed).case(f"formula-n{variables}-c{clauses}", seed=seed, **keys))
    made.append(markov(16, 100).case("markov-n100-s16", dtype="f64", small=True))
    made.append(markov(64, 1000).case("markov-n1000-s64", plan_only=True))
    for layers, hidden, words, texts, keys in [(1, 4, 8, 32, {"small": True}), (2, 4, 8, 32, {}), (3, 4, 16, 32, {"plan_only": True})]:
        network, output = layered_state(layers, hidden, words, texts)
        made.append(network.case(f"layered-state-l{layers}", output=output, **keys))
    return made


NOTE = (
    "Networks for the planner: random regular graphs, lattices, tori, states and operators as trains and sheets, circuits, trees, chains, "
    "hypernetworks, formulas, models of language. "
    "Made by networks.py from each case's seed. The numbers are positive, near 1 over the root of an operand's elements, and mean nothing."
)


def files():
    return {"networks.json": {"suite": "networks", "note": NOTE, "defaults": {"fill": "positive"}, "cases": cases()}}


if __name__ == "__main__":
    case_files.main(files())
