/* mpconfigport.h: what MicroPython is built with for transforms: the whole language, the modules that need no system.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

/* Memory: 2 MiB in all, so the heap starts small and grows (memory.c). Frames of Python functions lie in the pystack, and
 * calls between them do not nest in C, because the native stack has 64 KiB. */
#define MICROPY_ENABLE_GC (1)
#define MICROPY_GC_SPLIT_HEAP (1)
#define MICROPY_GC_SPLIT_HEAP_AUTO (1)
#define MP_PLAT_ALLOC_HEAP(size) memory_take_area(&(size), needed) /* gc.c's own variables */
#define MICROPY_ENABLE_PYSTACK (1)
#define MICROPY_STACKLESS (1)
#define MICROPY_STACK_CHECK (1)
#define MICROPY_NLR_SETJMP (1)

/* The language. */
#define MICROPY_ENABLE_COMPILER (1)
#define MICROPY_PY_BUILTINS_CODE (2) /* its second level, for mp_compile_to_raw_code */
#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_DOUBLE)
#define MICROPY_REVERSE_SPECIAL_METHODS (1)
#define MICROPY_PY_DELATTR_SETATTR (1)
#define MICROPY_PY_FUNCTION_ATTRS (1)
#define MICROPY_PY_REVERSE_SPECIAL_METHODS (1)
#define MICROPY_PY_BUILTINS_NEXT2 (1)
#define MICROPY_PY_BUILTINS_STR_CENTER (1)
#define MICROPY_PY_BUILTINS_STR_PARTITION (1)
#define MICROPY_PY_BUILTINS_STR_SPLITLINES (1)
#define MICROPY_PY_BUILTINS_HELP (0)
#define MICROPY_PY_BUILTINS_INPUT (0)
#define MICROPY_ENABLE_DOC_STRING (0)

/* Errors name the file and the line. */
#define MICROPY_ENABLE_SOURCE_LINE (1)
#define MICROPY_ERROR_REPORTING (MICROPY_ERROR_REPORTING_DETAILED)
#define MICROPY_USE_INTERNAL_ERRNO (1)
#define MICROPY_USE_INTERNAL_PRINTF (0)
#define MICROPY_ERROR_PRINTER (&log_error_print)
extern const struct _mp_print_t log_error_print;

/* Imports: the project's files, compiled when the transform was built (program.c). */
#define MICROPY_ENABLE_EXTERNAL_IMPORT (1)
#define MICROPY_MODULE_FROZEN_MPY (1)
#define MICROPY_PERSISTENT_CODE (0) /* compiled code stays in the memory that compiled it */
#define MICROPY_MODULE_WEAK_LINKS (0)
#define MICROPY_READER_VFS (0)
#define MICROPY_VFS (0)
#define MICROPY_ALLOC_PATH_MAX (256)

/* No terminal, no threads, no machine. */
#define MICROPY_HELPER_REPL (0)
#define MICROPY_KBD_EXCEPTION (0)
#define MICROPY_PY_SYS_STDFILES (1)
#define MICROPY_PY_SYS_PS1_PS2 (0)
#define MICROPY_PY_SYS_SETTRACE (0)
#define MICROPY_PY_SYS_PLATFORM "redpanda"
#define MICROPY_PY_MACHINE (0)
#define MICROPY_PY_MACHINE_PIN_BASE (0)
#define MICROPY_PY_NETWORK (0)
#define MICROPY_PY_SOCKET (0)
#define MICROPY_PY_SELECT (0)
#define MICROPY_PY_SSL (0)
#define MICROPY_PY_CRYPTOLIB (0)
#define MICROPY_PY_ASYNCIO (0)
#define MICROPY_PY_FRAMEBUF (0)
#define MICROPY_PY_UCTYPES (0)
#define MICROPY_PY_PLATFORM (0)

/* Modules. */
#define MICROPY_PY_IO (1)
#define MICROPY_PY_DEFLATE (0)
#define MICROPY_PY_HASHLIB (1)
#define MICROPY_PY_HASHLIB_SHA256 (1)
#define MICROPY_PY_HASHLIB_MD5 (0)
#define MICROPY_PY_HASHLIB_SHA1 (0)
#define MICROPY_PY_RE_SUB (1)
#define MICROPY_PY_RE_MATCH_GROUPS (1)
#define MICROPY_PY_RE_MATCH_SPAN_START_END (1)
#define MICROPY_PY_MATH_SPECIAL_FUNCTIONS (1)
#define MICROPY_PY_MATH_FACTORIAL (1)
#define MICROPY_PY_COLLECTIONS_NAMEDTUPLE__ASDICT (1)
#define MICROPY_PY_RANDOM (1)
#define MICROPY_PY_RANDOM_EXTRA_FUNCS (1)
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC (random_seed())
uint32_t random_seed(void);

#define MICROPY_PY_OS (1)
#define MICROPY_PY_OS_INCLUDEFILE "os_port.h"
#define MICROPY_PY_OS_GETENV_PUTENV_UNSETENV (1)
#define MICROPY_PY_OS_DUPTERM (0)
#define MICROPY_PY_OS_SYNC (0)
#define MICROPY_PY_OS_UNAME (0)
#define MICROPY_PY_OS_URANDOM (0)

#define MICROPY_PY_TIME (1)
#define MICROPY_PY_TIME_INCLUDEFILE "time_port.h"
#define MICROPY_EPOCH_IS_1970 (1)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS (1)

#define MICROPY_OPT_COMPUTED_GOTO (0)
#define MICROPY_OPT_MAP_LOOKUP_CACHE (1)
#define MICROPY_OPT_LOAD_ATTR_FAST_PATH (1)

typedef int32_t mp_int_t;
typedef uint32_t mp_uint_t;
typedef long mp_off_t;
#define MP_SSIZE_MAX (0x7fffffff)
#define MP_STATE_PORT MP_STATE_VM

void *memory_take_area(size_t *size, size_t needed);
