/* The user's own files in a bundle: a table, made at build time of the bundle's source map (rpkpy/runtimes/sourcemap.py has
 * the other side), says which file and line a place in the bundle is of.
 *
 * Entries are in the order of the bundle, 32 a block; between one and the next everything is of the same line. A block's
 * first place is in the index. An entry is four varints: lines and columns on from the entry before (after a new line,
 * the column itself), then the differences of the file's number and of the line in it; a number of -1 is no file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "runtime.h"

enum { BLOCK = 32 };

struct block {
  uint32_t line, column, at; /* where it begins; `at`: of its entries, from the table's begin */
};

static struct {
  const char *bundle;
  const uint8_t *table, *end;
  const struct block *blocks;
  const uint32_t *names; /* of the files, from the table's begin, each with a NUL behind it */
  uint32_t entries;
} places;

/* Takes the table of the bundle called `bundle`; both must stay. */
GUEST_EXPORT("rpkpy_places") void rpkpy_places(const char *bundle, const uint8_t *table, size_t size) {
  uint32_t entries;
  memcpy(&entries, table, sizeof entries);
  places.bundle = bundle;
  places.table = table;
  places.end = table + size;
  places.entries = entries;
  places.blocks = (const struct block *)(table + sizeof entries);
  places.names = (const uint32_t *)(places.blocks + (entries + BLOCK - 1) / BLOCK);
}

bool places_cover(const char *file) { return places.bundle && strcmp(places.bundle, file) == 0; }

static bool is_after(uint32_t line, uint32_t column, uint32_t of_line, uint32_t of_column) {
  return line > of_line || (line == of_line && column > of_column);
}

bool places_find(int line, int column, const char **file, int *file_line) {
  uint32_t low = 0, high = (places.entries + BLOCK - 1) / BLOCK; /* the last block that begins at the place or before it */
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    const struct block *block = &places.blocks[middle];
    if (is_after(block->line, block->column, (uint32_t)line, (uint32_t)column)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low == 0) return false;
  const struct block *block = &places.blocks[low - 1];
  const uint8_t *at = places.table + block->at;
  int64_t at_line = block->line, at_column = block->column, found = -1, in_file = 0, found_line = 0, number = 0, step[4];
  for (uint32_t i = (low - 1) * BLOCK; i < places.entries && i < low * BLOCK; i++) {
    for (int k = 0; k < 4; k++) {
      if (!guest_read_varint(&at, places.end, &step[k])) return false;
    }
    at_line += step[0];
    at_column = step[0] ? step[1] : at_column + step[1];
    if (is_after((uint32_t)at_line, (uint32_t)at_column, (uint32_t)line, (uint32_t)column)) break;
    found = number += step[2];
    found_line = in_file += step[3];
  }
  if (found < 0) return false;
  *file = (const char *)places.table + places.names[found];
  *file_line = (int)found_line;
  return true;
}
