/* mphalport.h: MicroPython's hardware layer; there is none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
