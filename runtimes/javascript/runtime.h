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
/* Whether `value` is an object that nobody but the caller holds and that is as it was made: of this class, with these
 * properties in this order, all of them values. */
bool engine_is_as_made(JSContext *ctx, JSValueConst value, JSClassID class_id, const JSAtom *names, int count);
#define ENGINE_PLAIN 1 /* JS_CLASS_OBJECT */
/* Where such an object keeps its property number `index`. */
JSValue *engine_slot(JSValueConst object, int index);
/* Whether `value` is an array that nobody but the caller holds, of `count` items and nothing else; where they are. */
bool engine_items(JSContext *ctx, JSValueConst value, uint32_t count, JSValue **items);

/* records.c */

/* The classes and atoms; false when memory runs out. */
bool records_create(JSContext *ctx);
/* The event object of `record`; an exception when memory runs out. */
JSValue records_event(JSContext *ctx, const guest_record *record);
/* Gives the event back, to be used again where user code kept nothing of it and left it as it was; what it kept gets bytes
 * of its own. false: out of memory. */
bool records_release(JSContext *ctx, JSValue event, const guest_record *record);
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
