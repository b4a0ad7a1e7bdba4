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
/* Whether nobody but the caller holds the object `value`. */
bool engine_is_sole_owner(JSValueConst value);

/* records.c */

/* The classes and atoms; false when memory runs out. */
bool records_create(JSContext *ctx);
/* The event object of `record`; an exception when memory runs out. */
JSValue records_event(JSContext *ctx, const guest_record *record);
/* Gives the event back. What user code kept of it gets bytes of its own. false: out of memory. */
bool records_release(JSContext *ctx, JSValue event);
JSValueConst records_writer(void);
/* Where the writer puts records together. */
guest_buffer *records_output(void);
/* The bytes of a string, ArrayBuffer, Uint8Array (any view), RecordData, null or undefined, appended with their size before
 * them. false: an exception is pending. */
bool records_append(JSContext *ctx, guest_buffer *buffer, JSValueConst value, const char *what);

/* natives.c: what builtins.js needs of C. */
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
