/* setjmp.h: a buffer of the size that the WebAssembly runtime uses (wasi-libc's rt.c: four words). libc's own has 168
 * bytes, and each Python `try` that runs in C code holds one on the stack.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

typedef unsigned long jmp_buf[4];

__attribute__((returns_twice)) int setjmp(jmp_buf);
_Noreturn void longjmp(jmp_buf, int);
#define setjmp setjmp
