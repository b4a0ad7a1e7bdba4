/* compile.c: Ruby's source to mruby's byte code; when something is built, never on a broker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/compile.h>
#include <mruby/dump.h>
#include <mruby/irep.h>
#include <mruby/proc.h>

void mrb_irep_remove_lv(mrb_state *mrb, mrb_irep *irep);
int mrb_dump_irep(mrb_state *mrb, const mrb_irep *irep, uint8_t flags, uint8_t **bin, size_t *bin_size);

static void append_message(guest_buffer *result, const char *name, const struct mrb_parser_message *message) {
  guest_append_text(result, name);
  guest_append_text(result, ":");
  guest_append_number(result, message->lineno);
  guest_append_text(result, ":");
  guest_append_number(result, message->column);
  guest_append_text(result, ": ");
  guest_append_text(result, message->message ? message->message : "syntax error");
  guest_append_text(result, "\n");
}

compiled compile(mrb_state *mrb, const char *name, const char *source, size_t size, bool debug, guest_buffer *result) {
  compiled made = {0};
  mrb_ccontext *context = mrb_ccontext_new(mrb);
  context->capture_errors = TRUE;
  context->no_exec = TRUE;
  mrb_ccontext_filename(mrb, context, name);
  struct mrb_parser_state *parser = mrb_parse_nstring(mrb, source, size, context);
  struct RProc *proc = parser && parser->nerr == 0 ? mrb_generate_code(mrb, parser) : NULL;
  if (proc) {
    mrb_irep *irep = (mrb_irep *)proc->body.irep;
    if (!debug) mrb_irep_remove_lv(mrb, irep);
    if (mrb_dump_irep(mrb, irep, debug ? MRB_DUMP_DEBUG_INFO : 0, &made.code, &made.size) != MRB_DUMP_OK) {
      guest_append_text(result, "the byte code cannot be written");
    }
  } else {
    size_t errors = parser ? parser->nerr : 0;
    if (errors > 10) errors = 10; /* as many as the parser keeps */
    for (size_t i = 0; i < errors; i++) append_message(result, name, &parser->error_buffer[i]);
    if (errors == 0) guest_append_text(result, "the program is too complex");
  }
  if (parser) mrb_parser_free(parser);
  mrb_ccontext_free(mrb, context);
  return made;
}
