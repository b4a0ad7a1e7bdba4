/* regexp.h: regular expressions and where they matched, for regexp.c, matchdata.c and patterns.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "runtime.h"

#include "oniguruma/src/oniguruma.h"

/* Whether `value` is a Regexp. */
bool regexp_p(mrb_state *mrb, mrb_value value);
/* Whether `text` is matched as bytes, because it is not UTF-8. Takes the time to look at all of it, so once for many searches. */
bool regexp_is_binary(mrb_value text);
/* Where `regexp` (or a String, as it is) matches in `text` at or behind the byte `from`, NULL when it does not. It is valid until
 * the next search. */
const OnigRegion *regexp_search(mrb_state *mrb, mrb_value regexp, mrb_value text, mrb_int from, bool binary);
/* The same for a match that begins just there. */
const OnigRegion *regexp_match_here(mrb_state *mrb, mrb_value regexp, mrb_value text, mrb_int at, bool binary);
/* The number of a group by its name, the last one that matched; -1 when there is none. */
int regexp_group(mrb_state *mrb, mrb_value regexp, const OnigRegion *region, const char *name, size_t size);
/* An Array of the groups' names. */
mrb_value regexp_names(mrb_state *mrb, mrb_value regexp);

/* Keeps the last match for $~ and its relatives; nil: there was none. */
void match_set_last(mrb_state *mrb, mrb_value match);
mrb_value match_last(void);

/* A MatchData of the last search. */
mrb_value match_new(mrb_state *mrb, mrb_value regexp, mrb_value text, const OnigRegion *region);
/* The text of a group by number, nil when it did not take part. */
mrb_value match_group(mrb_state *mrb, mrb_value match, mrb_int number);
mrb_value match_before(mrb_state *mrb, mrb_value match);
mrb_value match_after(mrb_state *mrb, mrb_value match);
void match_init(mrb_state *mrb);

/* Searches, and keeps the match: the MatchData or nil. */
mrb_value regexp_match(mrb_state *mrb, mrb_value regexp, mrb_value text, mrb_int from);

/* Characters in the first `bytes` of `text`, and the other way round (-1: there are fewer). */
mrb_int characters(mrb_value text, mrb_int bytes);
mrb_int byte_of(mrb_value text, mrb_int characters);

/* patterns.c: String's methods that take a Regexp. strscan.c: StringScanner. */
void patterns_init(mrb_state *mrb);
void strscan_init(mrb_state *mrb);
