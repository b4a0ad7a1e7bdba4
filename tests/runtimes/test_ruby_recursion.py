"""Deep recursion in Ruby ends with Ruby's own exception, in the broker's 64 KiB of stack, and never traps."""

import pytest

from tests.runtimes.mruby import Ruby

pytestmark = pytest.mark.toolchain("ruby")

# Each goes on until something stops it.
RECURSION = {
    "method": "def f(n) = f(n + 1) + 1\nf(0)",
    "self method": "class A; def m = m() + 1; end\nA.new.m",
    "lambda": "f = ->(n) { f.call(n) + 1 }\nf.call(0)",
    "keywords": "def f(**k) = f(**k)\nf(a: 1, b: 2)",
    "splat": "def f(*a) = f(*a, 1)\nf",
    "block": "def f(&b) = [1].each { f(&b) }\nf { 1 }",
    "yield": "def f = yield\ndef g = f { g }\ng",
    "constructor": "class A; def initialize = A.new; end\nA.new",
    "method_missing": 'class A; def method_missing(name, *a) = send("#{name}x", *a); end\nA.new.y',
    "respond_to_missing?": "class A; def respond_to_missing?(n, p) = respond_to?(n); end\nA.new.respond_to?(:x)",
    "to_s": 'class A; def to_s = "#{self}"; end\nA.new.to_s',
    "to_s joined": "class A; def to_s = [self].join; end\nA.new.to_s",
    "inspect": "class A; def inspect = [self].inspect; end\nA.new.inspect",
    "inspect in a hash": "class A; def inspect = {a: self}.inspect; end\nA.new.inspect",
    "to_json": "class A; def to_json(*) = JSON.generate([self]); end\nA.new.to_json",
    "equality": "class A; def ==(o) = [self] == [o]; end\nA.new == A.new",
    "eql": "class A; def eql?(o) = {self => 1}.key?(o); def hash = 1; end\nA.new.eql?(A.new)",
    "hash": "class A; def hash = [self].hash; end\nA.new.hash",
    "<=>": "class A; include Comparable; def <=>(o) = [self].max <=> [o, self].max; end\nA.new < A.new",
    "case ===": "class A; def ===(o) = (case o when self then 1 end); end\ncase 1 when A.new then 2 end",
    "sort_by": "def f(x) = [2, 1].sort_by { |y| f(y) }\nf(1)",
    "sort": "def f(x) = [2, 1].sort { |a, b| f(a) <=> 1 }\nf(1)",
    "map": "def f(x) = [x].map { |y| f(y) }\nf(1)",
    "inject": "def f(x) = [x, x].inject { |a, b| f(a) }\nf(1)",
    "each_with_object": "def f(x) = [x].each_with_object([]) { |a, b| f(a) }\nf(1)",
    "hash each": "def f(x) = {x => x}.each { |a, b| f(a) }\nf(1)",
    "hash default": "h = Hash.new { |h, k| h[k + 1] }\nh[0]",
    "times": "def f = 1.times { f }\nf",
    "upto": "def f = 1.upto(2) { f }\nf",
    "loop": "def f = loop { f }\nf",
    "define_method": "class A; define_method(:m) { m + 1 }; end\nA.new.m",
    "send": "class A; def m = send(:m); end\nA.new.m",
    "public_send": "class A; def m = public_send(:m); end\nA.new.m",
    "method object": "class A; def m = method(:m).call; end\nA.new.m",
    "to_proc": "class A; def m = [self].map(&:m); end\nA.new.m",
    "super": "class A; def m = B.new.m; end\nclass B < A; def m = super; end\nB.new.m",
    "instance_eval": "def f = instance_eval { f }\nf",
    "instance_exec": "class A; def m = instance_exec { m }; end\nA.new.m",
    "class_eval": "def f = String.class_eval { $f.call }\n$f = -> { String.class_eval { $f.call } }\n$f.call",
    "Class.new": "def f = Class.new { $g.call }\n$g = -> { f }\nf",
    "const_missing": 'class A; def self.const_missing(n) = const_get("#{n}X"); end\nA::B',
    "inherited": "class A; def self.inherited(c) = Class.new(c); end\nClass.new(A)",
    "attribute": "class A; def x=(v); self.x = v; end; end\nA.new.x = 1",
    "index": "class A; def [](i) = self[i]; end\nA.new[1]",
    "each": "class A; include Enumerable; def each = map { 1 }; end\nA.new.to_a",
    "enumerator": "def e = Enumerator.new { |y| y << e.next }\ne.next",
    "fiber": "def f = Fiber.new { f.resume }\nf.resume",
    "lazy": "def f(x) = [x].lazy.map { |y| f(y) }.to_a\nf(1)",
    "rescue": "def f\n  f\nrescue ZeroDivisionError\n  1\nend\nf",
    "ensure": "def f\n  f\nensure\n  1\nend\nf",
    "retry in ensure": "def f\n  [1].each { f }\nensure\n  [2].each { 1 }\nend\nf",
    "raise in rescue": "def f\n  raise 'a'\nrescue\n  f\nend\nf",
    "exception message": "class E < StandardError; def message = E.new.message; end\nE.new.message",
    "catch": "def f = catch(:a) { f }\nf",
    "gsub": "def f(x) = 'a'.gsub(/a/) { f(x) }\nf(1)",
    "gsub of text": "def f(x) = 'a'.gsub('a') { f(x) }\nf(1)",
    "scan": "def f(x) = 'a'.scan(/a/) { f(x) }\nf(1)",
    "match block": "def f(x) = /a/.match('a') { f(x) }\nf(1)",
    "struct": "S = Struct.new(:a)\ndef f = S.new(1).each { f }\nf",
    "nested array inspect": "a = []\n20_000.times { a = [a] }\na.inspect",
    "own array inspect": "a = []\na << a\na.inspect",
    "own hash inspect": "a = {}\na[1] = a\na.inspect",
    "nested array ==": "a = b = []\n5_000.times { a, b = [a], [b] }\na == b",
    "nested array hash": "a = []\n5_000.times { a = [a] }\na.hash",
    "nested array <=>": "a = b = []\n5_000.times { a, b = [a], [b] }\na <=> b",
    "nested array join": "a = []\n5_000.times { a = [a] }\na.join",
    "nested array flatten": "a = []\n5_000.times { a = [a] }\na.flatten",
    "own array flatten": "a = []\na << a\na.flatten",
    "nested hash inspect": "a = {}\n5_000.times { a = {1 => a} }\na.inspect",
    "nested hash ==": "a = b = {}\n5_000.times { a, b = {1 => a}, {1 => b} }\na == b",
    "nested struct": "S = Struct.new(:a)\ns = nil\n5_000.times { s = S.new(s) }\ns.inspect",
    "JSON.generate": "a = []\n5_000.times { a = [a] }\nJSON.generate(a)",
    "JSON.parse": "JSON.parse('[' * 20_000)",
    "regexp groups": "Regexp.new('(' * 5_000 + ')' * 5_000)",
    "regexp classes": "Regexp.new('[' * 5_000 + 'a' + ']' * 5_000)",
    "regexp quantifiers": "Regexp.new('a' + '{1,2}' * 5_000)",
    "regexp alternatives": "Regexp.new((['a'] * 5_000).join('|'))",
    "regexp lookbehind": "Regexp.new('(?<=' * 5_000 + 'a' + ')' * 5_000)",
    "regexp backtracking": "'ab' * 20_000 =~ /(a|b)*c/",
    "regexp own call": "'a' * 20_000 =~ /(?<x>a\\g<x>?)b/",
    "regexp left recursion": "Regexp.new('(?<x>\\\\g<x>a)')",
    "require_relative": "require_relative 'again'",
    "puts": "class A; def to_s = (puts self; 'a'); end\nputs A.new",
    "puts nested": "a = []\n5_000.times { a = [a] }\nputs a",
    "format": "class A; def to_s = '%s' % self; end\n'%s' % A.new",
    "sum": "class A; def +(o) = [self].sum(self); end\nA.new + 1",
}
# What ends otherwise than by SystemStackError, and how.
ENDS = {
    "finished": (
        "own array inspect",
        "own hash inspect",
        "regexp alternatives",
        "regexp backtracking",
        "regexp own call",
        "require_relative",
    ),
    "NoMemoryError": ("splat", "enumerator", "fiber"),
    "JSON::NestingError": ("JSON.generate", "JSON.parse"),
    "RegexpError": (
        "regexp groups",
        "regexp classes",
        "regexp quantifiers",
        "regexp lookbehind",
        "regexp left recursion",
    ),
}
END = {shape: end for end, shapes in ENDS.items() for shape in shapes}
BIG = {
    "Integer": "2 ** 5_000 * 3 ** 10_000",
    "to_s": "(7 ** 3_000).to_s.size",
    "divmod": "(10 ** 900).divmod(10 ** 300 + 7)",
}


@pytest.fixture(scope="module")
def ruby() -> Ruby:
    return Ruby()


@pytest.mark.parametrize("shape", RECURSION)
def test_deep_recursion_does_not_trap(ruby: Ruby, shape: str) -> None:
    script = f"begin\n{RECURSION[shape]}\nputs 'finished'\n"
    script += "rescue Exception => error\n  a = b = s = nil\n  puts error.class\nend"
    printed, errors, trap = ruby.run([("main.rb", script.encode()), ("again.rb", b"")])
    assert trap is None
    end = END.get(shape, "SystemStackError")
    # what holds the memory may be held by the exception's calls, so that there is too little to print it
    assert printed.decode().strip() == end or (end == "NoMemoryError" and b"NoMemoryError" in errors), errors


@pytest.mark.parametrize("what", BIG)
def test_large_integers_do_not_trap(ruby: Ruby, what: str) -> None:
    assert ruby.script(f"({BIG[what]})\nputs 'x'") == "x\n"


def test_recursion_is_as_deep_as_the_docs_say(ruby: Ruby) -> None:
    printed = ruby.script("""
$calls = $blocks = 0
def plain = ($calls += 1; plain)
def through_c = ($blocks += 1; [2, 1].sort { through_c })
begin plain; rescue SystemStackError; end
begin through_c; rescue SystemStackError; end
puts $calls, $blocks
""")
    plain, through_c = map(int, printed.split())
    assert plain > 900
    assert through_c > 15


def test_expressions_and_json_work_below_nested_blocks(ruby: Ruby) -> None:
    printed = ruby.script("""
def deep(n, &block) = n == 0 ? block.call : [1].each { deep(n - 1, &block) }
deep(12) { p Regexp.new('(' * 10 + 'a' + ')' * 10).match('a')[10] }
deep(12) { puts [1, [2, [3]]].to_json.gsub(/\\d/) { |x| JSON.parse(x) + 1 } }
""")
    assert printed == '"a"\n[2,[3,[4]]]\n'
