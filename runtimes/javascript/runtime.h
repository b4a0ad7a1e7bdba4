/* runtime.h: the parts of the JavaScript runtime, as they know each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "guest.h"
#include "quickjs.h"

#define SDK_MODULE "@redpanda-data/transform-sdk"
#define REGISTRY_MODULE "@redpanda-data/transform-sdk-sr"

/* engine.c: what QuickJS keeps to itself. */

/* The module names that the compiled `module` asks for, a line each. */
void engine_requests(JSContext *ctx, JSValueConst module, guest_buffer *names);
/* Binds imports to exports, so that a wrong name is found; runs no code of the modules. false: an exception is pending. */
bool engine_link(JSContext *ctx, JSValueConst module);
/* Starts Math.random at `seed`. */
void engine_seed(JSContext *ctx, uint64_t seed);

/* A string of UTF-8; undefined when it is none. */
JSValue engine_text(JSContext *ctx, const uint8_t *text, size_t size);
/* The bytes of a string of ASCII, where they stand; false for any other value. */
bool engine_ascii(JSValueConst value, guest_bytes *bytes);
/* A class with these methods on its prototype; false when memory runs out. */
bool class_create(JSContext *ctx, JSClassID *id, const JSClassDef *definition, const JSCFunctionListEntry *functions,
                  int count);

/* data.c: RecordData. */

/* What one stands for: a part of the input buffer while the record is being transformed. What user code keeps for longer
 * gets a copy when the callback is done (data_keep). */
typedef struct data_view {
  struct data_view *previous, *next; /* the list of views into the input buffer; not of copies */
  const uint8_t *data;
  uint32_t size;
  bool copied;
} data_view;

extern JSClassID data_class;
bool data_create(JSContext *ctx);
/* null for a size of -1. */
JSValue data_new(JSContext *ctx, guest_bytes bytes);
/* Gives each view bytes of its own. false: out of memory. */
bool data_keep(void);

/* event.c */

/* The atoms and shapes; false when memory runs out. */
bool event_create(JSContext *ctx);
/* The event object of `record`; an exception when memory runs out. */
JSValue event_of(JSContext *ctx, const guest_record *record);
/* Gives the event back, to be used again where user code kept nothing of it and left it as it was; what it kept gets bytes
 * of its own. false: out of memory. */
bool event_release(JSContext *ctx, JSValue event, const guest_record *record);
/* The bytes of the record that is being transformed when `object`, which it is given as, is unchanged; else none (NULL). */
guest_buffer event_untouched(JSContext *ctx, JSValueConst object);
/* The same for its headers, with their count; none has the size -1. */
guest_bytes event_untouched_headers(JSContext *ctx, JSValueConst headers);

/* writer.c */

bool writer_create(JSContext *ctx);
JSValueConst writer_object(void);
/* Where the writer puts records together. */
guest_buffer *writer_output(void);
/* The bytes of a string, ArrayBuffer, Uint8Array (any view), RecordData, null or undefined, appended with their size before
 * them. false: an exception is pending. */
bool writer_append(JSContext *ctx, guest_buffer *buffer, JSValueConst value, const char *what);

/* places.c: where the program's own files have what a bundle of them holds. */

/* Whether `file` is the bundle. */
bool places_cover(const char *file);
/* The file and its line for a place (from 1) in the bundle; false when the place belongs to no file. */
bool places_find(int line, int column, const char **file, int *file_line);

/* natives.c: what the builtins need of C. */
JSValue natives_object(JSContext *ctx);
/* `text` with each lone surrogate, which JavaScript strings may hold, as U+FFFD; in place, the size stays. */
void natives_well_formed(uint8_t *text, size_t size);

/* registry.c: the schema registry's calls. */
extern const JSCFunctionListEntry registry_functions[];
extern const int registry_function_count;

/* report.c */

/* Takes the pending exception and appends its report: type and message, where (`extra` on the same line), the stack. */
void report_describe(JSContext *ctx, guest_buffer *text, const char *what, const guest_record *record);
/* The same to the log. */
void report_log(JSContext *ctx, const char *what, const guest_record *record);
