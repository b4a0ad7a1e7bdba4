/* malloc for a guest of 2 MiB. The C library of zig has one for WebAssembly that keeps each size class in pages of its own and
 * rounds large blocks up to powers of two: half of the memory is lost to it.
 *
 * Chunks lie side by side, each with its size and that of the one before, so that free neighbours become one. Free
 * chunks hang in bins by size: one for each size below 512 bytes, four for each power of two above. The heap grows by
 * pages at its end, and what is last in it grows in place.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct chunk {
  uint32_t before; /* the size of the chunk before this one, 0 for the first of a region */
  uint32_t size;   /* of this one with its header; bit 0: in use */
  struct chunk *next, *previous; /* while it is free */
} chunk;

enum {
  USED = 1,
  HEADER = 8,
  ALIGN = 8,
  SMALLEST = 16,
  EXACT = 512, /* sizes below have a bin each */
  BINS = 64 + 4 * 23,
  TRIES = 32, /* chunks of a bin of several sizes that are looked at */
  PAGE = 65536,
};
#define MOST 0x7fff0000u

extern unsigned char __heap_base;

static chunk *bins[BINS];
static uint64_t filled[(BINS + 63) / 64];
static chunk *last; /* the end of the newest region: a header that is in use for ever */

static uint32_t size_of(const chunk *c) { return c->size & ~(uint32_t)USED; }
static chunk *after(const chunk *c) { return (chunk *)((uint8_t *)c + size_of(c)); }
static chunk *chunk_of(void *data) { return (chunk *)((uint8_t *)data - HEADER); }
static void *data_of(chunk *c) { return (uint8_t *)c + HEADER; }

static unsigned bin_of(uint32_t size) {
  if (size < EXACT) return size / 8;
  unsigned power = 31 - (unsigned)__builtin_clz(size);
  return 64 + (power - 9) * 4 + ((size >> (power - 2)) & 3);
}

/* Makes `size` bytes at `c` a free chunk; the neighbours must be in use. */
static void release(chunk *c, uint32_t size) {
  unsigned bin = bin_of(size);
  c->size = size;
  after(c)->before = size;
  c->previous = NULL;
  c->next = bins[bin];
  if (c->next) c->next->previous = c;
  bins[bin] = c;
  filled[bin / 64] |= 1ull << bin % 64;
}

static void take(chunk *c) {
  unsigned bin = bin_of(c->size);
  if (c->next) c->next->previous = c->previous;
  if (c->previous) {
    c->previous->next = c->next;
  } else {
    bins[bin] = c->next;
    if (!c->next) filled[bin / 64] &= ~(1ull << bin % 64);
  }
}

/* Puts a chunk of `whole` bytes to use for `size` of them; the rest becomes free. */
static void *use(chunk *c, uint32_t whole, uint32_t size) {
  if (whole - size < SMALLEST) {
    c->size = whole | USED;
    after(c)->before = whole;
  } else {
    c->size = size | USED;
    chunk *rest = after(c);
    rest->before = size;
    release(rest, whole - size);
  }
  return data_of(c);
}

/* More memory at the end: a free chunk of at least `size` bytes, taken, and how large it is in *whole. NULL: there is none. */
static chunk *grow(uint32_t size, uint32_t *whole) {
  uint8_t *end = (uint8_t *)(__builtin_wasm_memory_size(0) * PAGE);
  chunk *first;
  uint32_t have;
  if (!last) { /* the heap begins in what the memory has behind the data */
    first = (chunk *)(((uintptr_t)&__heap_base + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
    have = (uint32_t)(end - (uint8_t *)first);
    first->before = 0;
  } else if ((uint8_t *)last + HEADER == end) {
    first = last;
    have = HEADER;
    chunk *before = (chunk *)((uint8_t *)first - first->before);
    if (first->before && !(before->size & USED)) {
      take(before);
      first = before;
      have += before->size;
    }
  } else { /* somebody else grew the memory */
    first = (chunk *)end;
    have = 0;
  }
  if (have < size + HEADER) {
    uint32_t pages = (size + HEADER - have + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) {
      if (last && first != last && have) release(first, have - HEADER);
      return NULL;
    }
    if (!have) first->before = 0;
    have += pages * PAGE;
  }
  last = (chunk *)((uint8_t *)first + have - HEADER);
  last->size = USED;
  *whole = have - HEADER;
  last->before = *whole;
  return first;
}

static uint32_t needed(size_t size) {
  uint32_t whole = (uint32_t)((size + HEADER + ALIGN - 1) & ~(size_t)(ALIGN - 1));
  return whole < SMALLEST ? SMALLEST : whole;
}

static chunk *find(uint32_t size) {
  unsigned bin = bin_of(size);
  if (size >= EXACT) {
    int tries = TRIES;
    for (chunk *c = bins[bin]; c && tries > 0; c = c->next, tries--) {
      if (c->size >= size) return c;
    }
    bin++;
  }
  for (unsigned word = bin / 64; word < sizeof filled / sizeof *filled; word++) {
    uint64_t bits = filled[word] & (word == bin / 64 ? ~0ull << bin % 64 : ~0ull);
    if (bits) return bins[word * 64 + (unsigned)__builtin_ctzll(bits)];
  }
  return NULL;
}

void *malloc(size_t size) {
  if (size > MOST) goto none;
  uint32_t wanted = needed(size), whole;
  chunk *c = find(wanted);
  if (c) {
    take(c);
    whole = c->size;
  } else if (!(c = grow(wanted, &whole))) {
    goto none;
  }
  return use(c, whole, wanted);
none:
  errno = ENOMEM;
  return NULL;
}

void free(void *data) {
  if (!data) return;
  chunk *c = chunk_of(data), *next = after(c);
  uint32_t size = size_of(c);
  if (!(next->size & USED)) {
    take(next);
    size += next->size;
  }
  chunk *before = (chunk *)((uint8_t *)c - c->before);
  if (c->before && !(before->size & USED)) {
    take(before);
    size += before->size;
    c = before;
  }
  release(c, size);
}

void *calloc(size_t count, size_t size) {
  size_t whole;
  if (__builtin_mul_overflow(count, size, &whole)) {
    errno = ENOMEM;
    return NULL;
  }
  void *data = malloc(whole);
  return data ? memset(data, 0, whole) : NULL;
}

void *realloc(void *data, size_t size) {
  if (!data) return malloc(size);
  if (size > MOST) {
    errno = ENOMEM;
    return NULL;
  }
  chunk *c = chunk_of(data), *next = after(c);
  uint32_t wanted = needed(size), have = size_of(c), whole = have;
  if (!(next->size & USED)) whole += next->size;
  if (whole >= wanted) {
    if (whole > have) take(next);
    /* what is cut off may stand before a free chunk: taken above, so that they become one */
    return use(c, whole, wanted);
  }
  /* the last one grows in place */
  if ((uint8_t *)c + whole == (uint8_t *)last) {
    uint32_t more;
    chunk *end = grow(wanted - have, &more);
    if (end == after(c)) return use(c, have + more, wanted);
    if (end) release(end, more);
  }
  /* or moves down into a free one before it, which needs no room for both */
  chunk *before = (chunk *)((uint8_t *)c - c->before);
  if (c->before && !(before->size & USED) && before->size + whole >= wanted) {
    if (whole > have) take(next);
    take(before);
    whole += before->size;
    memmove(data_of(before), data, have - HEADER);
    return use(before, whole, wanted);
  }
  void *moved = malloc(size);
  if (!moved) return NULL;
  memcpy(moved, data, have - HEADER);
  free(data);
  return moved;
}

size_t malloc_usable_size(void *data) { return data ? size_of(chunk_of(data)) - HEADER : 0; }

/* Nothing here asks for more than the alignment that everything has; the C library has these, too, so they are answered. */
int posix_memalign(void **data, size_t alignment, size_t size) {
  if (alignment > ALIGN) return EINVAL;
  *data = malloc(size);
  return *data ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size) {
  if (alignment > ALIGN) {
    errno = EINVAL;
    return NULL;
  }
  return malloc(size);
}
