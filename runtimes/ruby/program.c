/* program.c: the user's files: compiled when the transform is built, loaded into its memory, run by `require_relative`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/array.h>
#include <mruby/debug.h>
#include <mruby/dump.h>
#include <mruby/error.h>
#include <mruby/irep.h>
#include <mruby/proc.h>
#include <mruby/string.h>
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "requests.h"

typedef struct program_file {
  const char *path; /* relative to the project, with `/`; not terminated */
  size_t path_size;
  const struct RProc *code;
  bool required;
} program_file;

static program_file *files;
static size_t file_count;
static const uint8_t *bytes; /* what the files were loaded from: their code runs there */
static size_t byte_count;

bool program_holds(const char *text) { return (const uint8_t *)text >= bytes && (const uint8_t *)text < bytes + byte_count; }
bool program_is_here(void) { return file_count > 0; }

/* Runs a file. One that comes to its end leaves its call on mruby's stack, because nothing comes after a program otherwise. */
static void run_file(mrb_state *mrb, program_file *file) {
  ptrdiff_t calls = mrb->c->ci - mrb->c->cibase;
  file->required = true;
  mrb_top_run(mrb, file->code, mrb_top_self(mrb), 0);
  if (mrb->c->ci - mrb->c->cibase > calls) {
    mrb_env_unshare(mrb, mrb_vm_ci_env(mrb->c->ci), FALSE); /* blocks keep the file's variables */
    mrb->c->ci = mrb->c->cibase + calls;
  }
  if (mrb->exc) mrb_exc_raise(mrb, mrb_obj_value(mrb->exc)); /* from the outermost file it comes back so */
}

void program_run(mrb_state *mrb) {
  log_define_env(mrb);
  run_file(mrb, &files[0]);
}

/* ---- Kernel#require and require_relative */

static const char *const built_in[] = {"redpanda_transform", "redpanda_schema_registry", "base64", "json", "set", "strscan", "time"};

static bool is_built_in(const char *name, size_t size) {
  for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
    if (strlen(built_in[i]) == size && memcmp(built_in[i], name, size) == 0) return true;
  }
  return false;
}

static program_file *find(const char *path, size_t size) {
  for (size_t i = 0; i < file_count; i++) {
    if (files[i].path_size == size && memcmp(files[i].path, path, size) == 0) return &files[i];
  }
  return NULL;
}

/* The file whose code is calling. */
static const char *caller_path(mrb_state *mrb) {
  for (const mrb_callinfo *ci = mrb->c->ci; ci >= mrb->c->cibase; ci--) {
    if (!ci->proc || MRB_PROC_CFUNC_P(ci->proc) || !ci->proc->body.irep || !ci->pc) continue;
    const mrb_irep *code = ci->proc->body.irep;
    const char *path = mrb_debug_get_filename(mrb, code, (uint32_t)(ci->pc - 1 - code->iseq));
    if (path) return path;
  }
  return "";
}

/* `name` as seen from the folder of the file `from`, without `.` and `..`, with .rb. */
static void join(guest_buffer *path, const char *from, const char *name, size_t size) {
  const char *slash = strrchr(from, '/');
  if (slash) guest_append(path, from, (size_t)(slash - from));
  const char *end = name + size;
  while (name < end) {
    const char *part_end = memchr(name, '/', (size_t)(end - name));
    if (!part_end) part_end = end;
    size_t part = (size_t)(part_end - name);
    if (part == 2 && memcmp(name, "..", 2) == 0) {
      while (path->size > 0 && path->data[--path->size] != '/') {
      }
    } else if (part > 0 && !(part == 1 && *name == '.')) {
      if (path->size > 0) guest_append_text(path, "/");
      guest_append(path, name, part);
    }
    name = part_end + 1;
  }
  if (path->size < 3 || memcmp(path->data + path->size - 3, ".rb", 3) != 0) guest_append_text(path, ".rb");
}

static mrb_value load_file(mrb_state *mrb, const char *from, mrb_value name) {
  static guest_buffer path;
  guest_reset(&path);
  join(&path, from, RSTRING_PTR(name), (size_t)RSTRING_LEN(name));
  program_file *file = find((const char *)path.data, path.size);
  if (!file) mrb_raisef(mrb, mrb_class_get_id(mrb, MRB_SYM(LoadError)), "cannot load such file -- %v", name);
  if (file->required) return mrb_false_value();
  run_file(mrb, file);
  return mrb_true_value();
}

static mrb_value require_relative(mrb_state *mrb, mrb_value self) {
  mrb_value name;
  mrb_get_args(mrb, "S", &name);
  return load_file(mrb, caller_path(mrb), name);
}

static mrb_value require(mrb_state *mrb, mrb_value self) {
  mrb_value name;
  mrb_get_args(mrb, "S", &name);
  if (is_built_in(RSTRING_PTR(name), (size_t)RSTRING_LEN(name))) return mrb_false_value();
  return load_file(mrb, "", name);
}

void program_init(mrb_state *mrb) {
  mrb_define_method(mrb, mrb->kernel_module, "require", require, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, mrb->kernel_module, "require_relative", require_relative, MRB_ARGS_REQ(1));
}

/* ---- For the builder (builder.h). */

/* Compiles one file: the size of its path, path, source. The result: the size of the byte code, byte code, then lines about
 * what it asks for (requests.h). */
GUEST_EXPORT("rpkpy_compile") int rpkpy_compile(const uint8_t *file, size_t size) {
  stack_enter();
  guest_buffer *result = &builder_result;
  guest_reset(result);
  const uint8_t *at = file;
  uint32_t path_size = builder_u32(&at);
  mrb_value path = mrb_str_new(ruby, (const char *)at, path_size);
  const char *source = (const char *)at + path_size;
  size_t source_size = size - (size_t)((const uint8_t *)source - file);
  compiled made = compile(ruby, mrb_string_cstr(ruby, path), source, source_size, true, result);
  if (!made.code) return 1;
  uint32_t code_size = (uint32_t)made.size;
  guest_append(result, &code_size, sizeof code_size);
  guest_append(result, made.code, made.size);
  mrb_irep *code = mrb_read_irep_buf(ruby, made.code, made.size);
  if (code) requests_append(ruby, code, result);
  return result->failed;
}

/* Loads the program at `content`, the main file first: their number, then for each the sizes of path and byte code, and these. */
GUEST_EXPORT("rpkpy_load") int rpkpy_load(const uint8_t *content, size_t size) {
  stack_enter();
  uint8_t *kept = malloc(size);
  if (!kept) return 1;
  bytes = memcpy(kept, content, size);
  byte_count = size;
  const uint8_t *at = bytes;
  size_t count = builder_u32(&at);
  files = calloc(count, sizeof *files);
  if (!files) return 1;
  for (; file_count < count; file_count++) {
    uint32_t path_size = builder_u32(&at), code_size = builder_u32(&at);
    mrb_irep *code = mrb_read_irep(ruby, at + path_size);
    if (!code) return 1;
    struct RProc *proc = mrb_proc_new(ruby, code);
    proc->e.target_class = ruby->object_class;
    mrb_gc_register(ruby, mrb_obj_value(proc));
    files[file_count] = (program_file){(const char *)at, path_size, proc, false};
    at += path_size + code_size;
  }
  mrb_full_gc(ruby);
  return 0;
}
