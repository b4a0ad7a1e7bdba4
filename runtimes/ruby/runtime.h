/* runtime.h: the parts of the Ruby runtime, as they know each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <mruby.h>
#include <mruby/presym.h>

#include "guest.h"

/* The interpreter; it is set up when the runtime is made and stays for ever. */
extern mrb_state *ruby;

/* stack.c */

/* Says where C's stack begins now; at each entry from outside. */
void stack_enter(void);
/* Raises SystemStackError when little of C's stack is left. */
void stack_check(mrb_state *mrb);
/* Whether little is left. */
bool stack_is_low(void);

/* library.c: the parts of mruby and of the SDK that are written in Ruby. */

typedef void (*gem_init)(mrb_state *mrb);
extern const gem_init gems[]; /* written by rpkpy/runtimes/mruby.py, in the order of gems.txt; NULL: nothing in C */
extern const size_t gem_count;

/* Whether `text` lies in byte code that is never freed, so that strings may point there. */
bool library_holds(const char *text);

/* The same as library_holds for the program's. */
bool program_holds(const char *text);

/* compile.c */

/* Compiles Ruby to byte code, in `code` (NULL: what is wrong with it is in `result`), which the caller frees. */
typedef struct compiled {
  uint8_t *code;
  size_t size;
} compiled;
compiled compile(mrb_state *mrb, const char *name, const char *source, size_t size, bool debug, guest_buffer *result);

/* log.c */

void log_init(mrb_state *mrb);
/* Makes ENV of the transform's variables; when it starts. */
void log_define_env(mrb_state *mrb);
/* Prints an uncaught exception with its backtrace, and what `record` it met (NULL: none). */
void log_exception(mrb_state *mrb, mrb_value exception, const guest_record *record);
/* The exit code when `exception` is a SystemExit, else -1. */
int log_exit_code(mrb_state *mrb, mrb_value exception);

/* program.c */

void program_init(mrb_state *mrb);
bool program_is_here(void);
/* Runs the main file. */
void program_run(mrb_state *mrb);

/* records.c: Redpanda and its classes. */

void records_init(mrb_state *mrb);
bool records_has_callback(mrb_state *mrb);
void records_call(mrb_state *mrb, const guest_record *record);

/* number.c */

/* Appends a finite number as Float#to_s has it. */
void float_append(guest_buffer *out, double value);

/* registry.c, json.c, json_generate.c, regexp.c */

void registry_init(mrb_state *mrb);
void json_init(mrb_state *mrb);
void json_generate_init(mrb_state *mrb);
mrb_value json_parse(mrb_state *mrb, const char *text, mrb_int size, bool symbolize);
void regexp_init(mrb_state *mrb);

/* Makes what C tells of every class of the SDK; library.c calls it before the SDK's own Ruby runs. */
void sdk_init(mrb_state *mrb);
