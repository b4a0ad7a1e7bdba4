/* lines.h: what a program prints becomes events of the log, a line an event.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "guest.h"

/* Takes memory for lines at once, so that running out of it can be told; once, when the runtime is made. */
void lines_create(void);
/* Prints to stream 1 or 2; what has no end of line yet is kept. */
void lines_put(int stream, const char *text, size_t size);
/* Sends what was printed without an end of line. */
void lines_flush(int stream);
void lines_flush_all(void);

/* Appends the line that tells at which record, by its offset, an error was met. */
void lines_append_place(guest_buffer *report, int64_t offset);
