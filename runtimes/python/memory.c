/* memory.c: the heap, its growth, and where its roots are. Its areas, and what is no object, come from malloc
 * (shared/allocator.c), which gives large blocks in their size and joins what is freed; gc.c keeps the objects.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "py/cstack.h"
#include "py/gc.h"
#include "py/mpstate.h"
#include "py/pystack.h"
#include "py/runtime.h"
#include "runtime.h"

enum {
  FIRST_HEAP = 128 * 1024,
  PYTHON_STACK = 64 * 1024, /* some 800 calls deep */
  LARGEST_AREA = 1024 * 1024,
  SMALLEST_AREA = 64 * 1024,
  INPUT = 160 * 1024,
  /* The engine's native stack has 64 KiB. The pass rpkpy/runtimes/passes makes C's stack grow at least as fast, so
   * this much of C's stack is less than that of the native one; what is left is for functions without a check. */
  C_STACK = 52 * 1000,
};

static char first_heap[FIRST_HEAP] __attribute__((aligned(MICROPY_BYTES_PER_GC_BLOCK)));
static mp_obj_t python_stack[PYTHON_STACK / sizeof(mp_obj_t)];
static uintptr_t *stack_bottom;

void memory_create(void) {
  mp_pystack_init(python_stack, python_stack + MP_ARRAY_SIZE(python_stack));
  heap_create();
  gc_init(first_heap, first_heap + sizeof first_heap);
}

__attribute__((noinline)) void memory_enter(void) {
  mp_cstack_init_with_sp_here(C_STACK);
  stack_bottom = (uintptr_t *)MP_STATE_THREAD(stack_top);
}

static size_t blocks(const mp_state_mem_area_t *area) { return area->gc_alloc_table_byte_len * 4; }

static void count(size_t *all, size_t *free) {
  *all = *free = 0;
  for (const mp_state_mem_area_t *area = &MP_STATE_MEM(area); area; area = area->next) {
    *all += blocks(area);
    for (size_t i = 0; i < area->gc_alloc_table_byte_len; i++) {
      unsigned used = area->gc_alloc_table_start[i] | area->gc_alloc_table_start[i] >> 1;
      *free += 4 - (size_t)__builtin_popcount(used & 0x55);
    }
  }
}

/* An area for gc.c of `needed` bytes at least; *size becomes what it has. It is as large as can be had: a broker gives the
 * memory to the transform anyway, and in one large area large values find room where in several they do not. But room for a
 * larger record to be read into is left, as long as that is possible. */
void *memory_take_area(size_t *size, size_t needed) {
  for (*size = MAX(needed, (size_t)LARGEST_AREA);; *size = MAX(needed, *size / 2)) {
    void *area = malloc(*size);
    if (*size == needed) return area;
    void *input = area ? malloc(INPUT) : NULL;
    free(input);
    if (input) return area;
    free(area);
  }
}

size_t gc_get_max_new_split(void) { return (size_t)1 << 30; }

/* A heap that is nearly full is collected again and again for a few blocks each time, so it grows before. */
static void keep_a_quarter_free(void) {
  size_t all, free;
  count(&all, &free);
  if (free >= all / 4) return;
  size_t size;
  char *area = memory_take_area(&size, SMALLEST_AREA);
  if (area) gc_add(area, area + size);
}

/* Everything on C's stack that points at or into a block keeps the block: LLVM may hold nothing but the address of a
 * field. Wasm's own locals are on that stack, too: the pass of rpkpy/runtimes/passes puts them there before each call. */
static void mark_stack(uintptr_t *at, uintptr_t *end) {
  for (; at < end; at++) {
    for (mp_state_mem_area_t *area = &MP_STATE_MEM(area); area; area = area->next) {
      if (*at < (uintptr_t)area->gc_pool_start || *at >= (uintptr_t)area->gc_pool_end) continue;
      enum { FREE, HEAD, TAIL, MARK };
      size_t block = (*at - (uintptr_t)area->gc_pool_start) / MICROPY_BYTES_PER_GC_BLOCK;
#define KIND(b) ((area->gc_alloc_table_start[(b) / 4] >> (2 * ((b) & 3))) & 3)
      while (block && KIND(block) == TAIL) block--;
      if (KIND(block) == HEAD) {
        void *head = area->gc_pool_start + block * MICROPY_BYTES_PER_GC_BLOCK;
        gc_collect_root(&head, 1);
      }
#undef KIND
      break;
    }
  }
}

__attribute__((noinline)) void gc_collect(void) {
  volatile uintptr_t here;
  gc_collect_start();
  mark_stack((uintptr_t *)&here, stack_bottom);
  gc_collect_end();
  keep_a_quarter_free();
}
