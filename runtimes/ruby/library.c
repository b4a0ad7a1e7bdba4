/* library.c: sets mruby up, with the parts of its library that are written in Ruby: compiled once, when the runtime is made, and
 * loaded where a host's mruby has them as C data.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/dump.h>
#include <mruby/error.h>
#include <mruby/irep.h>
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "lines.h"

mrb_state *ruby;

/* The byte code of mruby's core, of each gem, of the SDK: their number, then size and content of each. NULL: only compiling. */
static uint8_t *library;
static size_t library_size;
static const uint8_t *next;

bool library_holds(const char *text) { return (const uint8_t *)text >= library && (const uint8_t *)text < library + library_size; }

/* Asked for every constant string; those may stay where they are. */
mrb_bool mrb_ro_data_p(const char *text) { return library_holds(text) || program_holds(text); }

static void load_next(mrb_state *mrb) {
  if (!library) return;
  uint32_t size = builder_u32(&next);
  if (size > 0) mrb_load_irep(mrb, next);
  next += size;
  if (mrb->exc) mrb_exc_raise(mrb, mrb_obj_value(mrb->exc));
}

void mrb_init_mrblib(mrb_state *mrb) { load_next(mrb); }

void mrb_init_mrbgems(mrb_state *mrb) {
  int arena = mrb_gc_arena_save(mrb);
  for (size_t i = 0; i < gem_count; i++) {
    if (gems[i]) gems[i](mrb);
    load_next(mrb);
    mrb_gc_arena_restore(mrb, arena);
  }
  sdk_init(mrb);
  load_next(mrb);
}

void sdk_init(mrb_state *mrb) {
  log_init(mrb);
  program_init(mrb);
  records_init(mrb);
  registry_init(mrb);
  json_init(mrb);
  json_generate_init(mrb);
  regexp_init(mrb);
}

/* ---- For the builder (builder.h). */

/* Compiles the parts of the library at `sources`: their number, then the size and text of each. */
GUEST_EXPORT("rpkpy_prepare") int rpkpy_prepare(const uint8_t *sources, size_t size) {
  stack_enter();
  guest_reset(&builder_result);
  mrb_state *mrb = mrb_open_core(mrb_default_allocf, NULL);
  if (!mrb) return 1;
  const uint8_t *at = sources;
  uint32_t count = builder_u32(&at);
  guest_append(&builder_result, &count, sizeof count);
  while (count-- > 0) {
    uint32_t source_size = builder_u32(&at);
    guest_buffer wrong = {0};
    compiled part = {0};
    if (source_size > 0) part = compile(mrb, "library", (const char *)at, source_size, false, &wrong);
    if (wrong.size > 0) {
      builder_result = wrong;
      return 1;
    }
    uint32_t code_size = (uint32_t)part.size;
    guest_append(&builder_result, &code_size, sizeof code_size);
    guest_append(&builder_result, part.code, part.size);
    mrb_free(mrb, part.code);
    at += source_size;
  }
  return builder_result.failed;
}

/* Sets the interpreter up with a library that `rpkpy_prepare` made. */
GUEST_EXPORT("rpkpy_boot") int rpkpy_boot(const uint8_t *prepared, size_t size) {
  stack_enter();
  lines_create();
  library = malloc(size);
  if (!library) return 1;
  memcpy(library, prepared, size);
  library_size = size;
  next = library + sizeof(uint32_t); /* behind the number of parts */
  ruby = mrb_open();
  if (!ruby) {
    guest_append_text(&builder_result, "mruby's library cannot be loaded");
    return 1;
  }
  mrb_full_gc(ruby);
  return 0;
}
