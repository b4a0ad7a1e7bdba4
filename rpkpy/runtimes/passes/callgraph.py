"""Who may call whom in a module, and which functions may be on the stack more than once."""

from collections.abc import Collection, Mapping

from rpkpy.runtimes.passes.code import CALL, CALL_INDIRECT, OpenModule, instructions, read_u32


def callees(module: OpenModule) -> dict[int, set[int]]:
    """For each of the module's own functions those it may call, by index.

    An indirect call may reach every function of its type that stands in a table. Types are compared by structure.
    """
    tabled: dict[object, set[int]] = {}
    for _, functions in module.elements():
        for function in functions:
            tabled.setdefault(module.signature(function), set()).add(function)
    found: dict[int, set[int]] = {}
    for number, body in enumerate(module.bodies):
        calls: set[int] = set()
        for opcode, start, _ in instructions(body):
            if opcode == CALL:
                calls.add(read_u32(body, start + 1)[0])
            elif opcode == CALL_INDIRECT:
                type_index, _ = read_u32(body, start + 1)
                calls |= tabled.get(module.types[type_index], set())
        found[module.imported + number] = calls
    return found


def recursive(calls: Mapping[int, Collection[int]]) -> set[int]:
    """The functions that may be called again before they return: those on a cycle of `calls`."""
    found: set[int] = set()
    for component in _components(calls):
        if len(component) > 1 or component[0] in calls[component[0]]:
            found.update(component)
    return found


def _components(calls: Mapping[int, Collection[int]]) -> list[list[int]]:
    """The strongly connected components (Tarjan's algorithm, with a stack of its own)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    found: list[list[int]] = []
    for root in calls:
        if root in order:
            continue
        work = [(root, iter(calls[root]))]
        order[root] = low[root] = len(order)
        path.append(root)
        on_path.add(root)
        while work:
            node, rest = work[-1]
            for callee in rest:
                if callee not in calls:  # imported
                    continue
                if callee not in order:
                    order[callee] = low[callee] = len(order)
                    path.append(callee)
                    on_path.add(callee)
                    work.append((callee, iter(calls[callee])))
                    break
                if callee in on_path:
                    low[node] = min(low[node], order[callee])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    at = path.index(node)
                    component = path[at:]
                    del path[at:]
                    on_path.difference_update(component)
                    found.append(component)
    return found
