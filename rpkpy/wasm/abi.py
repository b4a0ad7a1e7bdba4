"""What a broker's linker offers to a transform: every import by module and name, with its type.

Sources. `redpanda_transform`: the broker's transform module (src/v/wasm/transform_module), ABI versions 1 and 2.
`redpanda_schema_registry`: src/v/wasm/schema_registry_module, ABI version 0. `wasi_snapshot_preview1`: the WASI
preview 1 witx, of which the broker registers everything but `proc_raise` (src/v/wasm/wasmtime.cc). A pointer, a
length, a file descriptor and an errno are i32; file offsets, rights and times are i64.
"""

from collections.abc import Mapping
from types import MappingProxyType

from rpkpy.wasm.module import FuncType

TRANSFORM = "redpanda_transform"
SCHEMA_REGISTRY = "redpanda_schema_registry"
WASI = "wasi_snapshot_preview1"

# Importing one of these () -> () functions states which ABI the module was made for.
TRANSFORM_ABI_MARKERS = ("check_abi_version_1", "check_abi_version_2")
SCHEMA_REGISTRY_ABI_PREFIX = "check_abi_version_"
SCHEMA_REGISTRY_ABI_MARKER = "check_abi_version_0"

# Parameters: i is i32, I is i64; after the colon the results.
_TRANSFORM_FUNCTIONS = {
    "check_abi_version_1": ":",
    "check_abi_version_2": ":",
    # base offset, record count, leader epoch, attributes, last offset delta, first and max timestamp, producer id,
    # producer epoch, base sequence: all pointers. Answers the largest record's size.
    "read_batch_header": "iiiiiiiiii:i",
    "read_next_record": "iiiii:i",  # attributes, timestamp, offset: pointers; buffer, its length
    "write_record": "ii:i",  # buffer, length
    "write_record_with_options": "iiii:i",  # buffer, length, options buffer, its length
}

_SCHEMA_REGISTRY_FUNCTIONS = {
    "check_abi_version_0": ":",
    "get_schema_definition_len": "ii:i",  # id, length (out)
    "get_schema_definition": "iii:i",  # id, buffer, length
    "get_subject_schema_len": "iiii:i",  # subject, its length, version, length (out)
    "get_subject_schema": "iiiii:i",  # subject, its length, version, buffer, length
    "create_subject_schema": "iiiii:i",  # subject, its length, buffer, length, id (out)
}

_WASI_FUNCTIONS = {
    "args_get": "ii:i",
    "args_sizes_get": "ii:i",
    "environ_get": "ii:i",
    "environ_sizes_get": "ii:i",
    "clock_res_get": "ii:i",
    "clock_time_get": "iIi:i",
    "fd_advise": "iIIi:i",
    "fd_allocate": "iII:i",
    "fd_close": "i:i",
    "fd_datasync": "i:i",
    "fd_fdstat_get": "ii:i",
    "fd_fdstat_set_flags": "ii:i",
    "fd_filestat_get": "ii:i",
    "fd_filestat_set_size": "iI:i",
    "fd_filestat_set_times": "iIIi:i",
    "fd_pread": "iiiIi:i",
    "fd_prestat_get": "ii:i",
    "fd_prestat_dir_name": "iii:i",
    "fd_pwrite": "iiiIi:i",
    "fd_read": "iiii:i",
    "fd_readdir": "iiiIi:i",
    "fd_renumber": "ii:i",
    "fd_seek": "iIii:i",
    "fd_sync": "i:i",
    "fd_tell": "ii:i",
    "fd_write": "iiii:i",
    "path_create_directory": "iii:i",
    "path_filestat_get": "iiiii:i",
    "path_filestat_set_times": "iiiiIIi:i",
    "path_link": "iiiiiii:i",
    "path_open": "iiiiiIIii:i",
    "path_readlink": "iiiiii:i",
    "path_remove_directory": "iii:i",
    "path_rename": "iiiiii:i",
    "path_symlink": "iiiii:i",
    "path_unlink_file": "iii:i",
    "poll_oneoff": "iiii:i",
    "proc_exit": "i:",
    "sched_yield": ":i",
    "random_get": "ii:i",
    "sock_accept": "iii:i",
    "sock_recv": "iiiiii:i",
    "sock_send": "iiiii:i",
    "sock_shutdown": "ii:i",
}

# The preview 1 functions that do something on a broker. fd_write does for descriptors 1 and 2; fd_prestat_get says
# BADF from descriptor 3 up, so that start code stops looking for folders; poll_oneoff completes clocks at once.
WASI_IMPLEMENTED = frozenset(
    (
        *("args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "clock_res_get", "clock_time_get"),
        *("fd_prestat_get", "fd_write", "poll_oneoff", "proc_exit", "random_get", "sched_yield"),
    )
)

# All others always answer ERRNO_NOSYS (52): there are no files and no sockets.
WASI_NOSYS = frozenset(_WASI_FUNCTIONS) - WASI_IMPLEMENTED

_TYPES = {"i": "i32", "I": "i64"}


def _signature(text: str) -> FuncType:
    params, results = text.split(":")
    return FuncType(tuple(_TYPES[char] for char in params), tuple(_TYPES[char] for char in results))


LINK_TABLE: Mapping[tuple[str, str], FuncType] = MappingProxyType(
    {
        (module, name): _signature(text)
        for module, functions in (
            (TRANSFORM, _TRANSFORM_FUNCTIONS),
            (SCHEMA_REGISTRY, _SCHEMA_REGISTRY_FUNCTIONS),
            (WASI, _WASI_FUNCTIONS),
        )
        for name, text in functions.items()
    }
)

MODULES = (TRANSFORM, SCHEMA_REGISTRY, WASI)
