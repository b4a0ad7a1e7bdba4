"""Deep recursion ends with JavaScript's own RangeError, in the 64 KiB of stack that a broker gives; it never traps."""

import pytest

from tests.runtimes.runtime import Program, values

# Each goes on until something stops it.
SHAPES = {
    "call": "const f = () => f() + 1; f();",
    "method": "const o = { m() { return this.m() + 1; } }; o.m();",
    "mutual": "const a = (n) => b(n + 1) + 1, b = (n) => a(n + 1) + 1; a(0);",
    "many arguments": "const f = (...all) => f(...all, 1) + 1; f();",
    "many variables": "const f = (n) => { const a = [n], b = {n}, c = `${n}`; return f(n + 1) + a + b.n + c; }; f(0);",
    "getter": "const o = { get x() { return this.x + 1; } }; o.x;",
    "setter": "const o = { set x(v) { this.x = v + 1; } }; o.x = 1;",
    "constructor": "class A { constructor() { this.a = new A(); } } new A();",
    "super": "class A { m() { return this.m(); } } class B extends A { m() { return super.m() + 1; } } new B().m();",
    "proxy get": "const p = new Proxy({}, { get: (t, k, r) => r[k] + 1 }); p.x;",
    "proxy has": "const p = new Proxy({}, { has: (t, k) => k in p }); 'x' in p;",
    "proxy apply": "const p = new Proxy(() => 0, { apply: () => p() + 1 }); p();",
    "reflect": "const f = () => Reflect.apply(f, null, []) + 1; f();",
    "bind": "const f = () => f.bind(null)() + 1; f();",
    "call and apply": "function f() { return f.call(null) + f.apply(null); } f();",
    "map": "const f = () => [1].map(f); f();",
    "forEach": "const f = () => [1].forEach(f); f();",
    "reduce": "const f = () => [1, 2].reduce(f); f();",
    "sort": "const f = () => [2, 1].sort(f); f();",
    "Array.from": "const f = () => Array.from([1], f); f();",
    "replace": "const f = () => 'x'.replace(/x/, f); f();",
    "replaceAll": "const f = () => 'xx'.replaceAll('x', f); f();",
    "toString": "const o = { toString() { return `${o}`; } }; String(o);",
    "valueOf": "const o = { valueOf() { return +o; } }; +o;",
    "toPrimitive": "const o = { [Symbol.toPrimitive]() { return o + 1; } }; o + 1;",
    "toJSON": "const o = { toJSON() { return JSON.stringify(o); } }; JSON.stringify(o);",
    "reviver": "const f = () => JSON.parse('[1]', f); f();",
    "replacer": "const f = () => JSON.stringify([1], f); f();",
    "stringify deep": "let a = []; for (let i = 0; i < 3000; i++) a = [a]; JSON.stringify(a);",
    "parse deep": "JSON.parse('['.repeat(5000));",
    "generator": "function* g() { yield* g(); } [...g()];",
    "iterator": "const o = { *[Symbol.iterator]() { yield* o; } }; [...o];",
    "spread": "const f = (...a) => Math.max(...[f(...a, 1)]); f();",
    "destructuring": "const f = ({ a = f({}) }) => a; f({});",
    "default value": "const f = (a = f()) => a; f();",
    "tagged template": "const f = (s) => f`${s}`; f`x`;",
    "async": "const f = async () => { await f(); }; f();",
    "then": "const f = () => ({ then() { f().then(); } }); f().then();",
    "eval": "const f = () => (0, eval)('f()') + 1; globalThis.f = f; f();",
    "Function": "globalThis.f = () => new Function('return f()')() + 1; f();",
    "instanceof": "const o = { [Symbol.hasInstance]: () => 1 instanceof o }; 1 instanceof o;",
    "species": "class A extends Array { static get [Symbol.species]() { A.of(1).map(Number); } } A.of(1).map(Number);",
    "flat": "const a = []; a.push(a); a.flat(Infinity);",
    "regexp groups": "new RegExp('('.repeat(3000) + ')'.repeat(3000));",
    "regexp lookahead": "new RegExp('(?='.repeat(3000) + ')'.repeat(3000));",
    "nested source": "(0, eval)('('.repeat(5000) + '1' + ')'.repeat(5000));",
    "nested arrays": "(0, eval)('['.repeat(5000) + ']'.repeat(5000));",
    "nested functions": "(0, eval)('(()=>'.repeat(2000) + '1' + ')'.repeat(2000));",
    "nested templates": "(0, eval)('`${'.repeat(2000) + '1' + '}`'.repeat(2000));",
    "unary": "(0, eval)('-+'.repeat(5000) + '1');",
    "structuredClone": "let a = []; for (let i = 0; i < 3000; i++) a = [a]; structuredClone(a);",
    "error cause": "const f = () => { try { f(); } catch (cause) { throw new Error('x', { cause }); } }; f();",
    "finally": "const f = () => { try { return f(); } finally { f; } }; f();",
    "prototype chain": "let o = {}; for (let i = 0; i < 3000; i++) o = Object.create(o); o.x;",
    "bound chain": "let f = () => 1; for (let i = 0; i < 300; i++) f = f.bind(null); f();",
    "proxy chain": "let p = {}; for (let i = 0; i < 3000; i++) p = new Proxy(p, {}); p.x;",
    "string concatenation": "let s = 'x'; for (let i = 0; i < 4000; i++) s = (i % 2 ? s + 'y' : 'z' + s); s.length;",
    "free deep": "let a = {}; for (let i = 0; i < 3000; i++) a = { a }; a = null;",
    "console": "let a = {}; for (let i = 0; i < 3000; i++) a = { a }; console.log(a);",
}
# What is no recursion of the program's own, and may as well end well.
MAY_RETURN = {
    *("async", "then", "prototype chain", "string concatenation", "free deep", "console", "finally", "error cause"),
    *("species", "flat", "stringify deep", "structuredClone", "bound chain", "proxy chain"),
}
# The compilers of programs and of regular expressions say so in their own way.
MAY_BE_SYNTAX = {"regexp groups", "regexp lookahead", "nested source", "nested arrays", "nested functions"}
MAY_BE_SYNTAX |= {"nested templates", "unary", "parse deep", "eval", "Function"}


@pytest.fixture(scope="module")
def program() -> Program:
    cases = "\n".join(f"  {name!r}: () => {{ {text} }}," for name, text in SHAPES.items())
    return Program(f"""
import {{ onRecordWritten }} from "@redpanda-data/transform-sdk";
const shapes = {{
{cases}
}};
onRecordWritten((event, writer) => {{
  let value = "returned";
  try {{
    shapes[event.record.value.text()]();
  }} catch (error) {{
    value = error.name;
  }}
  writer.write({{ value }});
}});
""")


@pytest.mark.toolchain("javascript")
@pytest.mark.parametrize("shape", SHAPES)
def test_recursion_ends_with_an_error_of_the_language(program: Program, shape: str) -> None:
    allowed = {"RangeError"}
    if shape in MAY_RETURN:
        allowed |= {"returned", "Error"}
    if shape in MAY_BE_SYNTAX:
        allowed |= {"SyntaxError"}
    with program.start() as instance:
        (how,) = values(instance, [shape])
        assert how in allowed
        # and the transform goes on
        assert values(instance, ["call"]) == ["RangeError"]


@pytest.mark.toolchain("javascript")
def test_what_is_not_so_deep_works() -> None:
    program = Program("""
import { onRecordWritten } from "@redpanda-data/transform-sdk";
const down = (n) => (n === 0 ? 0 : 1 + down(n - 1));
const nested = (n) => (n === 0 ? [] : [1].map(() => nested(n - 1)));
onRecordWritten((event, writer) => {
  const { calls, maps, json } = event.record.value.json();
  nested(maps);
  JSON.parse(JSON.stringify(JSON.parse("[".repeat(json) + "1" + "]".repeat(json))));
  writer.write({ value: String(down(calls)) });
});
""")
    with program.start() as instance:
        assert values(instance, ['{"calls":60,"maps":17,"json":150}']) == ["60"]
