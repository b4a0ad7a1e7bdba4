/* program.c: the user's files, compiled when the transform is built and found by `import` when it runs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "py/bc.h"
#include "py/builtin.h"
#include "py/compile.h"
#include "py/frozenmod.h"
#include "py/gc.h"
#include "py/lexer.h"
#include "py/objmodule.h"
#include "py/runtime.h"
#include "runtime.h"

/* A compiled file. gc.c does not know this struct, but it lies in its heap and it scans that conservatively. */
typedef struct program_file {
  qstr path; /* relative to the project, with `/` */
  mp_module_context_t *context;
  struct {
    mp_module_constants_t constants;
    const void *code;
  } module; /* as mp_frozen_module_t, whose fields are const */
} program_file;

_Static_assert(sizeof(((program_file *)0)->module) == sizeof(mp_frozen_module_t), "as builtinimport.c reads it");

MP_REGISTER_ROOT_POINTER(struct program_file *program_files);
static size_t file_count;

static void compile(program_file *file, const char *path, size_t path_size, const char *source, size_t size) {
  file->path = qstr_from_strn(path, path_size);
  mp_lexer_t *lexer = mp_lexer_new_from_str_len(file->path, source, size, 0);
  mp_parse_tree_t tree = mp_parse(lexer, MP_PARSE_FILE_INPUT);
  mp_compiled_module_t compiled = {.context = m_new_obj(mp_module_context_t)};
  memset(compiled.context, 0, sizeof *compiled.context);
  compiled.context->module.globals = mp_globals_get(); /* the main file's; the others get their own on import */
  file->context = compiled.context;
  mp_compile_to_raw_code(&tree, file->path, false, &compiled);
  file->module.constants = compiled.context->constants;
  file->module.code = compiled.rc;
}

/* ---- For the builder (builder.h). */

/* Sets the interpreter up. */
GUEST_EXPORT("rpkpy_boot") int rpkpy_boot(const uint8_t *unused, size_t size) {
  memory_enter();
  memory_create();
  log_create();
  mp_init();
  return 0;
}

/* Compiles the program at `files`, the main file first: their number, then for each the sizes of path and source, path, source;
 * numbers are 32 bits, the least significant byte first. Runs nothing of them. */
GUEST_EXPORT("rpkpy_compile") int rpkpy_compile(const uint8_t *files, size_t size) {
  memory_enter();
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) {
    guest_reset(&builder_result);
    log_append_exception(&builder_result, MP_OBJ_FROM_PTR(nlr.ret_val));
    return 1;
  }
  const uint8_t *at = files;
  size_t count = builder_u32(&at);
  MP_STATE_VM(program_files) = m_new0(program_file, count);
  for (; file_count < count; file_count++) {
    size_t path_size = builder_u32(&at), source_size = builder_u32(&at);
    const char *path = (const char *)at, *source = path + path_size;
    compile(&MP_STATE_VM(program_files)[file_count], path, path_size, source, source_size);
    at += path_size + source_size;
  }
  nlr_pop();
  gc_collect();
  return 0;
}

/* Whether the interpreter itself has a module of the name at `name`. 1 when it has. */
GUEST_EXPORT("rpkpy_has_module") int rpkpy_has_module(const char *name, size_t size) {
  qstr module = qstr_find_strn(name, size);
  return module != MP_QSTRnull && (mp_module_get_builtin(module, false) != MP_OBJ_NULL ||
                                   mp_module_get_builtin(module, true) != MP_OBJ_NULL);
}

/* ---- On the broker */

bool program_is_here(void) { return file_count > 0; }

void program_run(void) {
  program_file *main_file = &MP_STATE_VM(program_files)[0];
  mp_call_function_0(mp_make_function_from_proto_fun(main_file->module.code, main_file->context, NULL));
}

/* What builtinimport.c asks: a file's code, or whether `path` is a package's folder. */
mp_import_stat_t mp_find_frozen_module(const char *path, int *type, void **data) {
  size_t size = strlen(path);
  for (size_t i = 1; i < file_count; i++) {
    program_file *file = &MP_STATE_VM(program_files)[i];
    size_t known_size;
    const char *known = (const char *)qstr_data(file->path, &known_size);
    if (known_size < size || memcmp(known, path, size) != 0) continue;
    if (known_size == size) {
      if (type) *type = MP_FROZEN_MPY;
      if (data) *data = &file->module;
      return MP_IMPORT_STAT_FILE;
    }
    if (known[size] == '/') return MP_IMPORT_STAT_DIR;
  }
  return MP_IMPORT_STAT_NO_EXIST;
}
