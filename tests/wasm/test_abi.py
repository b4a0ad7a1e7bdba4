"""The link table against an independent source, and against itself."""

import wasmtime  # noqa: TID253

from rpkpy.wasm import abi


def _preview1(name: str) -> wasmtime.FuncType:
    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    function = linker.get(store, abi.WASI, name)
    assert isinstance(function, wasmtime.Func)
    return function.type(store)


def test_preview1_types_are_wasmtimes() -> None:
    ours = {name: type for (module, name), type in abi.LINK_TABLE.items() if module == abi.WASI}
    assert len(ours) == 44
    for name, type in ours.items():
        theirs = _preview1(name)
        assert (tuple(map(str, theirs.params)), tuple(map(str, theirs.results))) == (type.params, type.results), name


def test_what_answers_nosys() -> None:
    assert {"fd_read", "fd_close", "fd_seek", "fd_fdstat_get", "path_open", "sock_send"} <= abi.WASI_NOSYS
    assert {name for module, name in abi.LINK_TABLE if module == abi.WASI} == abi.WASI_IMPLEMENTED | abi.WASI_NOSYS
    assert not abi.WASI_IMPLEMENTED & abi.WASI_NOSYS


def test_transform_and_schema_registry_functions() -> None:
    i32 = ("i32",)
    table = {
        (abi.TRANSFORM, "check_abi_version_1"): ((), ()),
        (abi.TRANSFORM, "check_abi_version_2"): ((), ()),
        (abi.TRANSFORM, "read_batch_header"): (i32 * 10, i32),
        (abi.TRANSFORM, "read_next_record"): (i32 * 5, i32),
        (abi.TRANSFORM, "write_record"): (i32 * 2, i32),
        (abi.TRANSFORM, "write_record_with_options"): (i32 * 4, i32),
        (abi.SCHEMA_REGISTRY, "check_abi_version_0"): ((), ()),
        (abi.SCHEMA_REGISTRY, "get_schema_definition_len"): (i32 * 2, i32),
        (abi.SCHEMA_REGISTRY, "get_schema_definition"): (i32 * 3, i32),
        (abi.SCHEMA_REGISTRY, "get_subject_schema_len"): (i32 * 4, i32),
        (abi.SCHEMA_REGISTRY, "get_subject_schema"): (i32 * 5, i32),
        (abi.SCHEMA_REGISTRY, "create_subject_schema"): (i32 * 5, i32),
    }
    ours = {key: (type.params, type.results) for key, type in abi.LINK_TABLE.items() if key[0] != abi.WASI}
    assert ours == table
