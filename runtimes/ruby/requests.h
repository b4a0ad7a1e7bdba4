/* requests.h: what byte code asks for, found without running it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "runtime.h"

#include <mruby/irep.h>

/* Appends a line for each `require` and `require_relative` of a literal: R, line, whether the file may do without it (1: it stands
 * in a `begin` with a rescue), the method, the name, with tabs between; and the line C when it calls on_record_written. */
void requests_append(mrb_state *mrb, const mrb_irep *code, guest_buffer *lines);
