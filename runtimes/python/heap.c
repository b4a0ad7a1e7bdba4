/* heap.c: MicroPython's py/gc.c, with quicker ways for what a transform does for every record.
 *
 * Its search for free blocks and its sweep look at block after block. Here most allocations take the blocks behind the last
 * ones, when a look at their bits in the table says that they are free, and the sweep takes four blocks at a time. What the
 * tables mean stays as gc.c has it, and whatever is not quick goes its way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define gc_alloc searched_alloc
#define gc_collect_end slow_collect_end
#include "py/gc.c"
#include "runtime.h"
#undef gc_alloc
#undef gc_collect_end

enum { QUICK_BLOCKS = 28 }; /* their bits, two each and not from a byte's beginning, lie in 64 */

static mp_state_mem_area_t *next_area; /* where to try next; NULL: unknown */
static size_t next_block;

/* Takes `blocks` blocks at next_block, if they are free. */
static void *take_next(size_t blocks) {
  mp_state_mem_area_t *area = next_area;
  size_t first = next_block, end = first + blocks;
  if (!area || end > area->gc_alloc_table_byte_len * BLOCKS_PER_ATB) return NULL;
  byte *at = area->gc_alloc_table_start + first / BLOCKS_PER_ATB;
  uint64_t table, mask = ((uint64_t)1 << (2 * blocks)) - 1;
  memcpy(&table, at, sizeof table); /* may read, and write back as it was, what is behind the table */
  if (table & mask << BLOCK_SHIFT(first)) return NULL;
  uint64_t tails = 0xaaaaaaaaaaaaaaaau & mask;
  table |= (tails ^ (AT_TAIL | AT_HEAD)) << BLOCK_SHIFT(first);
  memcpy(at, &table, sizeof table);
  next_block = end;
  if (end - 1 > area->gc_last_used_block) area->gc_last_used_block = end - 1;
  return (void *)PTR_FROM_BLOCK(area, first);
}

/* As gc_alloc; *cleared says whether what it gives holds zeros. */
static inline void *allocate(size_t n_bytes, unsigned int flags, bool *cleared) {
  size_t blocks = (n_bytes + BYTES_PER_BLOCK - 1) / BYTES_PER_BLOCK;
  bool collect_now = MP_STATE_MEM(gc_alloc_amount) >= MP_STATE_MEM(gc_alloc_threshold);
  *cleared = false;
  if (blocks - 1 < QUICK_BLOCKS && !flags && MP_STATE_THREAD(gc_lock_depth) == 0 && !collect_now) {
    void *taken = take_next(blocks);
    if (taken) {
      MP_STATE_MEM(gc_alloc_amount) += blocks;
      return taken;
    }
  }
  *cleared = true;
  void *found = searched_alloc(n_bytes, flags);
  if (found) {
    next_area = gc_get_ptr_area(found);
    next_block = BLOCK_FROM_PTR(next_area, found) + blocks;
  }
  return found;
}

void *gc_alloc(size_t n_bytes, unsigned int flags) {
  bool cleared;
  void *data = allocate(n_bytes, flags, &cleared);
  if (!cleared) memset(data, 0, (n_bytes + BYTES_PER_BLOCK - 1) / BYTES_PER_BLOCK * BYTES_PER_BLOCK);
  return data;
}

void *heap_alloc(size_t size) {
  bool cleared;
  void *data = allocate(size, 0, &cleared);
  if (!data) m_malloc_fail(size);
  return data;
}

/* What becomes of four blocks' bits: unmarked heads and their tails are freed. `freeing` says that the blocks before ended in
 * a chain that is. */
static byte swept[2][256];
static bool freeing_after[2][256];

void heap_create(void) {
  for (int start = 0; start < 2; start++) {
    for (int before = 0; before < 256; before++) {
      bool freeing = start;
      int after = 0;
      for (int block = 0; block < BLOCKS_PER_ATB; block++) {
        int kind = before >> BLOCK_SHIFT(block) & 3;
        if (kind == AT_HEAD || kind == AT_MARK) freeing = kind == AT_HEAD;
        if (kind == AT_MARK) after |= AT_HEAD << BLOCK_SHIFT(block);
        if (kind == AT_TAIL && !freeing) after |= AT_TAIL << BLOCK_SHIFT(block);
      }
      swept[start][before] = (byte)after;
      freeing_after[start][before] = freeing;
    }
  }
}

/* The last block in use of `area`, whose unmarked ones are freed. */
static size_t sweep_area(const mp_state_mem_area_t *area) {
  byte *table = area->gc_alloc_table_start;
  size_t last = 0;
  bool freeing = false;
  for (size_t i = 0; i <= area->gc_last_used_block / BLOCKS_PER_ATB; i++) {
    byte before = table[i];
    if (!before) continue;
    byte after = swept[freeing][before];
    freeing = freeing_after[freeing][before];
    table[i] = after;
    if (after) last = i;
  }
  return table[last] ? last * BLOCKS_PER_ATB + (size_t)(31 - __builtin_clz(table[last])) / 2 : 0;
}

/* As gc.c's, but for an area whose first block alone is in use, which gc.c takes for empty. */
void gc_collect_end(void) {
  gc_deal_with_stack_overflow();
  gc_sweep_run_finalisers();
  mp_state_mem_area_t *before = NULL;
  for (mp_state_mem_area_t *area = &MP_STATE_MEM(area); area; area = NEXT_AREA(area)) {
    area->gc_last_used_block = sweep_area(area);
    area->gc_last_free_atb_index = 0;
    if (before && area->gc_last_used_block == 0 && ATB_GET_KIND(area, 0) == AT_FREE) { /* empty, and not the first */
      NEXT_AREA(before) = NEXT_AREA(area);
      MP_PLAT_FREE_HEAP(area);
      area = before;
    }
    before = area;
  }
  MP_STATE_MEM(gc_last_free_area) = &MP_STATE_MEM(area);
  next_area = NULL;
  MP_STATE_THREAD(gc_lock_depth) &= ~GC_COLLECT_FLAG;
  GC_EXIT();
}
