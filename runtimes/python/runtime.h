/* runtime.h: the parts of the Python runtime, as they know each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "guest.h"
#include "py/mpprint.h"
#include "py/obj.h"

/* heap.c */

/* Makes the heap's tables; once, before it is used. */
void heap_create(void);
/* Memory for an object that holds whatever was there before: all of it is to be written at once. */
void *heap_alloc(size_t size);

/* memory.c */

/* Takes the heap and the Python stack into use; once, when the transform is built. */
void memory_create(void);
/* Says where C's stack begins now; at each entry from outside. */
void memory_enter(void);
/* Whether a record of that many bytes is large: it is copied no more often than needed, and what it left behind is collected
 * after it, because large values do not find room between small ones. */
static inline bool memory_is_large(size_t payload_bytes) { return payload_bytes > 8 * 1024; }

/* log.c */

/* Takes memory for what there will be to tell; once, when the runtime is made. */
void log_create(void);
/* Prints an uncaught exception with its traceback, and the offset of the record that it met (NULL: none). */
void log_exception(mp_obj_t exception, const int64_t *offset);
/* The same text without the offset. */
void log_append_exception(guest_buffer *buffer, mp_obj_t exception);
/* The exit code when `exception` is a SystemExit (its message, if it is one, goes to the log), else -1. */
int log_exit_code(mp_obj_t exception);

/* program.c */

/* Whether there is a program in this runtime. */
bool program_is_here(void);
/* Runs the main file. */
void program_run(void);

/* records.c: the module redpanda_transform. */

/* Whether the program registered its callback. */
bool records_has_callback(void);
/* Calls it; Python exceptions pass. */
void records_call(const guest_record *record);

/* json.c */

mp_obj_t json_from_bytes(mp_obj_t bytes);
mp_obj_t json_to_bytes(mp_obj_t value);
