/* The JavaScript runtime: at build time it compiles and links a program (the exports rpkpy_*), on the broker it runs one.
 *
 * The builder (rpkpy/runtimes) drives it. When the runtime is made: rpkpy_prepare makes byte code of builtins/, and
 * rpkpy_boot, in another instance, whose memory is then free of a compiler's leavings and becomes the runtime module, sets all
 * up. When a transform is built: rpkpy_compile makes byte code of a file; in another instance rpkpy_load takes each file's,
 * rpkpy_link reads and binds them together, and that memory becomes the transform. None of these runs code of the
 * program: that starts in main, on the broker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "runtime.h"

extern char **environ;

/* Of the 72 KiB shadow stack and, as engine.c has it, of the 64 KiB native one; the rest is for what does not ask. */
#ifndef JS_STACK_BYTES
#define JS_STACK_BYTES 51200
#endif

static JSRuntime *rt;
static JSContext *ctx;
static JSValue sdk_exports[2]; /* of the two SDK modules: objects made by builtins/sdk.js */
static JSValue callback, entry;
static bool compiling;

/* The byte code of a program's files, until they are read. */
static struct file {
  const char *name;
  const uint8_t *code;
  size_t size;
  bool taken;
  JSValue module;
} *files;
static size_t file_count;

/* ---- Modules. The builder has resolved names; here a path is only made whole, in the way that it does it. */

static char *normalize(JSContext *c, const char *base, const char *name, void *opaque) {
  (void)opaque;
  if (name[0] != '.') return js_strdup(c, name);
  const char *slash = strrchr(base, '/');
  size_t folder = slash ? (size_t)(slash - base) : 0;
  char *path = js_malloc(c, folder + strlen(name) + 2), *end = path;
  if (!path) return NULL;
  memcpy(path, base, folder);
  end += folder;
  for (const char *part = name; *part;) {
    const char *next = strchr(part, '/');
    size_t size = next ? (size_t)(next - part) : strlen(part);
    if (size == 2 && part[0] == '.' && part[1] == '.') {
      while (end > path && *--end != '/') {
      }
    } else if (size > 0 && !(size == 1 && part[0] == '.')) {
      if (end > path) *end++ = '/';
      memcpy(end, part, size);
      end += size;
    }
    part += size + (next ? 1 : 0);
  }
  *end = 0;
  return path;
}

static int init_nothing(JSContext *c, JSModuleDef *module) {
  (void)c, (void)module;
  return 0;
}

static bool read_file(struct file *file) {
  file->taken = true;
  file->module = JS_ReadObject(ctx, file->code, file->size, JS_READ_OBJ_BYTECODE);
  return !JS_IsException(file->module);
}

/* Is asked for a module that is not loaded. While one file is compiled the others may stay away: an empty one stands for
 * each. While byte code is read, what it asks for is read first. */
static JSModuleDef *missing(JSContext *c, const char *name, void *opaque) {
  (void)opaque;
  if (compiling) return JS_NewCModule(c, name, init_nothing);
  for (size_t i = 0; i < file_count; i++) {
    if (files[i].taken || strcmp(files[i].name, name) != 0) continue;
    return read_file(&files[i]) ? JS_VALUE_GET_PTR(files[i].module) : NULL;
  }
  JS_ThrowReferenceError(c, "there is no module '%s' in this transform", name);
  return NULL;
}

static int sdk_module(JSContext *c, JSModuleDef *module, JSValueConst exports, bool declare) {
  JSPropertyEnum *names;
  uint32_t count;
  if (JS_GetOwnPropertyNames(c, &names, &count, exports, JS_GPN_STRING_MASK)) return -1;
  int code = 0;
  for (uint32_t i = 0; i < count && code >= 0; i++) {
    const char *name = JS_AtomToCString(c, names[i].atom);
    code = !name    ? -1
           : declare ? JS_AddModuleExport(c, module, name)
                     : JS_SetModuleExport(c, module, name, JS_GetProperty(c, exports, names[i].atom));
    JS_FreeCString(c, name);
  }
  JS_FreePropertyEnum(c, names, count);
  return code;
}

static int init_sdk(JSContext *c, JSModuleDef *module) { return sdk_module(c, module, sdk_exports[0], false); }
static int init_registry(JSContext *c, JSModuleDef *module) { return sdk_module(c, module, sdk_exports[1], false); }

/* ---- Builtins */

/* register(callback) of builtins/sdk.js */
static JSValue native_register(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  JS_FreeValue(c, callback);
  callback = JS_DupValue(c, argv[0]);
  return JS_UNDEFINED;
}

/* The builtins are an array of functions, of which the last (builtins/index.js) gets the natives and the array: it sets up
 * the global object and returns [sdk, registry], what these modules export. */
static bool create_builtins(const uint8_t *code, size_t size) {
  JSValue natives = natives_object(ctx);
  JS_SetPropertyStr(ctx, natives, "register", JS_NewCFunction(ctx, native_register, "register", 1));
  JSValue script = JS_ReadObject(ctx, code, size, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(natives) || JS_IsException(script)) return false;
  JSValue parts = JS_EvalFunction(ctx, script);
  JSAtom pop = JS_NewAtom(ctx, "pop");
  JSValue last = JS_IsException(parts) ? JS_EXCEPTION : JS_Invoke(ctx, parts, pop, 0, NULL);
  if (JS_IsException(last)) return false;
  JSValueConst arguments[] = {natives, parts};
  JSValue modules = JS_Call(ctx, last, JS_UNDEFINED, 2, arguments);
  JS_FreeAtom(ctx, pop);
  JS_FreeValue(ctx, last);
  JS_FreeValue(ctx, parts);
  JS_FreeValue(ctx, natives);
  if (JS_IsException(modules)) return false;
  static const char *const names[] = {SDK_MODULE, REGISTRY_MODULE};
  for (uint32_t i = 0; i < 2; i++) {
    sdk_exports[i] = JS_GetPropertyUint32(ctx, modules, i);
    JSModuleDef *module = JS_NewCModule(ctx, names[i], i == 0 ? init_sdk : init_registry);
    if (!module || sdk_module(ctx, module, sdk_exports[i], true) < 0) return false;
  }
  JS_FreeValue(ctx, modules);
  return true;
}

/* ---- For the builder (builder.h). */

static int failed(void) {
  guest_reset(&builder_result);
  report_describe(ctx, &builder_result, "", NULL);
  return 1;
}

static bool create_engine(void) {
  rt = JS_NewRuntime();
  if (!rt) return false;
  JS_SetMaxStackSize(rt, JS_STACK_BYTES);
  ctx = JS_NewContext(rt);
  return ctx != NULL;
}

/* The byte code of `value`, freed, as the result. */
static int give_code(JSValueConst value, int flags) {
  size_t size;
  uint8_t *code = JS_WriteObject(ctx, &size, value, JS_WRITE_OBJ_BYTECODE | flags);
  if (!code) return failed();
  guest_reset(&builder_result);
  guest_append(&builder_result, code, size);
  js_free(ctx, code);
  return builder_result.failed;
}

/* Compiles the builtins, each a function, with commas between them. */
GUEST_EXPORT("rpkpy_prepare") int rpkpy_prepare(const char *text, size_t size) {
  static guest_buffer array;
  if (!create_engine()) return 1;
  guest_append_text(&array, "[");
  guest_append(&array, text, size);
  guest_append(&array, "]", 2);
  if (array.failed) return 1;
  JSValue script = JS_Eval(ctx, (const char *)array.data, array.size - 1, "builtins", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  return JS_IsException(script) ? failed() : give_code(script, JS_WRITE_OBJ_STRIP_DEBUG);
}

/* Sets the runtime up; takes what rpkpy_prepare gave. */
GUEST_EXPORT("rpkpy_boot") int rpkpy_boot(const uint8_t *builtins, size_t size) {
  if (!create_engine()) return 1;
  JS_SetModuleLoaderFunc(rt, normalize, missing, NULL);
  callback = entry = sdk_exports[0] = sdk_exports[1] = JS_UNDEFINED;
  if (!data_create(ctx) || !event_create(ctx) || !writer_create(ctx) || !create_builtins(builtins, size)) return failed();
  JS_RunGC(rt);
  return 0;
}

/* Compiles a file (its text ends with a NUL that `size` does not count) called `name`. The result is its byte code. */
GUEST_EXPORT("rpkpy_compile") int rpkpy_compile(const char *text, size_t size, const char *name) {
  JS_UpdateStackTop(rt);
  JS_FreeValue(ctx, entry);
  compiling = true;
  entry = JS_Eval(ctx, text, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  compiling = false;
  return JS_IsException(entry) ? failed() : give_code(entry, JS_WRITE_OBJ_STRIP_SOURCE);
}

/* The module names that the file compiled last asks for, a line each. */
GUEST_EXPORT("rpkpy_requests") int rpkpy_requests(void) {
  guest_reset(&builder_result);
  engine_requests(ctx, entry, &builder_result);
  return builder_result.failed;
}

/* Takes the byte code of a file, which must stay until rpkpy_link: first what others import, last where the program begins. */
GUEST_EXPORT("rpkpy_load") int rpkpy_load(const char *name, const uint8_t *code, size_t size) {
  struct file *more = realloc(files, (file_count + 1) * sizeof *files);
  if (!more) return 1;
  files = more;
  files[file_count++] = (struct file){name, code, size, false, JS_UNDEFINED};
  return 0;
}

/* Reads the files and binds them together. */
GUEST_EXPORT("rpkpy_link") int rpkpy_link(void) {
  JS_UpdateStackTop(rt);
  for (size_t i = 0; i < file_count; i++) {
    if (!files[i].taken && !read_file(&files[i])) return failed();
  }
  for (size_t i = 0; i < file_count; i++) {
    if (i + 1 < file_count) JS_FreeValue(ctx, files[i].module); /* the context holds it */
    else entry = files[i].module;
  }
  memset(files, 0, file_count * sizeof *files);
  free(files);
  file_count = 0;
  if (JS_ResolveModule(ctx, entry) < 0 || !engine_link(ctx, entry)) return failed();
  free(builder_result.data); /* an error's, or none: the snapshot has no use for it */
  builder_result = (guest_buffer){0};
  JS_RunGC(rt);
  return 0;
}

/* ---- On the broker */

static bool run_jobs(const char *what, const guest_record *record) {
  JSContext *c;
  int code;
  while ((code = JS_ExecutePendingJob(rt, &c)) > 0) {
  }
  if (code < 0) report_log(ctx, what, record);
  return code == 0;
}

/* Takes what a call returned; waits for a promise as far as that is possible where nothing happens outside. */
static bool settle(JSValue value, const char *what, const guest_record *record) {
  if (JS_IsException(value)) {
    report_log(ctx, what, record);
    return false;
  }
  bool good = true;
  if (JS_IsJobPending(rt)) good = run_jobs(what, record);
  if (good && JS_IsObject(value) && JS_IsPromise(value)) {
    JSPromiseStateEnum state = JS_PromiseState(ctx, value);
    if (state == JS_PROMISE_REJECTED) {
      JS_Throw(ctx, JS_PromiseResult(ctx, value));
    } else if (state == JS_PROMISE_PENDING) {
      JS_ThrowInternalError(ctx, "it waits for a promise that nothing settles");
    }
    if (state != JS_PROMISE_FULFILLED) {
      report_log(ctx, what, record);
      good = false;
    }
  }
  JS_FreeValue(ctx, value);
  return good;
}

static bool on_record(const guest_record *record) {
  static bool seeded;
  if (!seeded) { /* the broker's random_get is constant, and the snapshot would be too */
    seeded = true;
    engine_seed(ctx, (uint64_t)record->timestamp_ms * 0x9e3779b97f4a7c15u ^ (uint64_t)record->offset);
  }
  JSValue event = event_of(ctx, record);
  if (JS_IsException(event)) {
    report_log(ctx, "", record);
    return false;
  }
  JSValueConst arguments[] = {event, writer_object()};
  bool good = settle(JS_Call(ctx, callback, JS_UNDEFINED, 2, arguments), "", record);
  if (!event_release(ctx, event, record)) guest_fail("out of memory: no room for what the transform keeps of a record");
  return good;
}

/* process.exit(code): the end of the instance, which the broker starts again. */
static JSValue process_exit(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  int32_t code = 0;
  if (argc > 0 && JS_ToInt32(c, &code, argv[0])) return JS_EXCEPTION;
  _Exit(code);
}

static void create_environment(void) {
  JSValue environment = JS_NewObject(ctx), process = JS_NewObject(ctx), global = JS_GetGlobalObject(ctx);
  for (char **variable = environ; variable && *variable; variable++) {
    const char *equals = strchr(*variable, '=');
    if (!equals) continue;
    JSAtom name = JS_NewAtomLen(ctx, *variable, (size_t)(equals - *variable));
    JS_DefinePropertyValue(ctx, environment, name, JS_NewString(ctx, equals + 1), JS_PROP_C_W_E);
    JS_FreeAtom(ctx, name);
  }
  JS_SetPropertyStr(ctx, process, "env", environment);
  JS_SetPropertyStr(ctx, process, "exit", JS_NewCFunction(ctx, process_exit, "exit", 1));
  JS_SetPropertyStr(ctx, global, "process", process);
  JS_FreeValue(ctx, global);
}

int main(void) {
  if (!ctx) guest_fail("this is the runtime without a program: rpkpy transform build puts one in");
  JS_UpdateStackTop(rt);
  create_environment();
  if (!settle(JS_EvalFunction(ctx, JS_DupValue(ctx, entry)), "the transform did not start: ", NULL)) return 1;
  if (!JS_IsFunction(ctx, callback)) guest_fail("the program did not call onRecordWritten, so there is nothing to run");
  guest_run(on_record, writer_output());
}
