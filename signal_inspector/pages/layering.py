"""The parts of a graph, the edges that close circles in it, and the layers of what is left."""


def parts(vertices):
    """Return the vertices in groups that no edge connects."""
    neighbours = {vertex: set() for vertex in vertices}
    for vertex in vertices:
        for other in vertex.calls:
            neighbours[vertex].add(other)
            neighbours[other].add(vertex)
    seen, parts = set(), []
    for vertex in vertices:
        if vertex in seen:
            continue
        part, waiting = [], [vertex]
        seen.add(vertex)
        while waiting:
            current = waiting.pop()
            part.append(current)
            fresh = neighbours[current] - seen
            seen |= fresh
            waiting += fresh
        parts.append(sorted(part, key=lambda vertex: vertex.number))
    return parts


def edges_back(part):
    """Return the edges, pairs of vertices, that close a circle: found by going deeper first."""
    called = {other for vertex in part for other in vertex.calls if other is not vertex}
    starts = [vertex for vertex in part if vertex not in called] + part
    state, back = {}, set()
    for start in starts:
        if start in state:
            continue
        state[start] = "open"
        path = [(start, iter(start.calls))]
        while path:
            vertex, others = path[-1]
            other = next(others, None)
            if other is None:
                state[vertex] = "done"
                path.pop()
            elif state.get(other) == "open":
                back.add((vertex, other))
            elif other not in state:
                state[other] = "open"
                path.append((other, iter(other.calls)))
    return back


def layers(part, back):
    """Return the layer of each vertex: one more than the last of those that lead to it."""
    incoming = dict.fromkeys(part, 0)
    for vertex in part:
        for other in vertex.calls:
            incoming[other] += (vertex, other) not in back
    layer = dict.fromkeys(part, 0)
    ready = [vertex for vertex in part if not incoming[vertex]]
    while ready:
        vertex = ready.pop()
        for other in vertex.calls:
            if (vertex, other) in back:
                continue
            layer[other] = max(layer[other], layer[vertex] + 1)
            incoming[other] -= 1
            if not incoming[other]:
                ready.append(other)
    return layer
