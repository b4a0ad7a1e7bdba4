// What the runtime adds to QuickJS: the parts of the web platform that transforms use, and the SDK's modules.
//
// The files of this folder are functions of the natives (natives.c, registry.c) and of what they give each other; each returns
// what it adds to the global object. They run once, in the recipe's order, when the runtime is built; their objects are
// part of every transform's memory, so they stay small. They recurse little: the native stack is 64 KiB.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, parts) {
  "use strict";

  const shared = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part(native, shared))) {
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    }
  }
  return shared.modules;
})
