class Regexp
  def self.union(*patterns)
    patterns = patterns[0] if patterns.size == 1 && patterns[0].is_a?(Array)
    return /(?!)/ if patterns.empty?
    return patterns[0] if patterns.size == 1 && patterns[0].is_a?(Regexp)
    new(patterns.map { |pattern| pattern.is_a?(Regexp) ? pattern.to_s : escape(pattern) }.join("|"))
  end

  def casefold? = options & IGNORECASE != 0

  def to_s
    on, off = __options.partition { |_, bit| options & bit != 0 }
    off = off.map(&:first).join
    "(?#{on.map(&:first).join}#{"-#{off}" unless off.empty?}:#{source})"
  end

  def inspect
    shown = source.gsub(%r{\\.|/}) { |part| part == "/" ? "\\/" : part }
    "/#{shown}/#{__options.select { |_, bit| options & bit != 0 }.map(&:first).join}"
  end

  def ==(other) = other.is_a?(Regexp) && source == other.source && options == other.options
  alias eql? ==
  def hash = source.hash ^ options

  private

  def __options = [["m", MULTILINE], ["i", IGNORECASE], ["x", EXTENDED]]
end

class MatchData
  def captures = to_a.drop(1)
  def size = to_a.size
  alias length size
  def offset(group) = [self.begin(group), self.end(group)]
  def values_at(*groups) = groups.map { |group| self[group] }
  alias deconstruct captures

  def named_captures(symbolize_names: false)
    names.to_h { |name| [symbolize_names ? name.to_sym : name, self[name]] }
  end

  def deconstruct_keys(keys)
    found = named_captures(symbolize_names: true)
    keys ? found.select { |name, _| keys.include?(name) } : found
  end

  def ==(other)
    other.is_a?(MatchData) && string == other.string && regexp == other.regexp && to_a == other.to_a && offset(0) == other.offset(0)
  end
  alias eql? ==

  def inspect
    titles = names.empty? ? (1...size).map(&:to_s) : names
    parts = titles.zip(captures).map { |title, text| " #{title}:#{text.inspect}" }
    "#<MatchData #{self[0].inspect}#{parts.join}>"
  end
end

class String
  def =~(pattern)
    raise TypeError, "wrong argument type String (expected Regexp)" if pattern.is_a?(String)
    pattern =~ self
  end

  def match(pattern, from = 0, &block) = Regexp.__of(pattern).match(self, from, &block)
  def match?(pattern, from = 0) = Regexp.__of(pattern).match?(self, from)

  alias __rindex rindex
  def rindex(pattern, from = size)
    return __rindex(pattern, from) unless pattern.is_a?(Regexp)
    from += size if from < 0
    from = size if from > size
    while from >= 0
      found = pattern.match(self, from)
      return from if found && found.begin(0) == from
      from -= 1
    end
    nil
  end

  alias __slice! slice!
  def slice!(pattern, *rest)
    return __slice!(pattern, *rest) unless pattern.is_a?(Regexp)
    found = pattern.match(self)
    return nil unless found
    group = rest[0] || 0
    text = found[group]
    start, stop = found.byteoffset(group)
    replace(byteslice(0, start) + byteslice(stop, bytesize - stop)) if text
    text
  end

  alias __aset []=
  def []=(pattern, *rest)
    return __aset(pattern, *rest) unless pattern.is_a?(Regexp)
    found = pattern.match(self)
    raise IndexError, "regexp not matched" unless found
    start, stop = found.byteoffset(rest.size > 1 ? rest[0] : 0)
    raise IndexError, "regexp group not matched" unless start
    replace(byteslice(0, start) + rest[-1] + byteslice(stop, bytesize - stop))
    rest[-1]
  end

  alias __partition partition
  def partition(pattern)
    return __partition(pattern) unless pattern.is_a?(Regexp)
    found = pattern.match(self)
    found ? [found.pre_match, found[0], found.post_match] : [dup, "", ""]
  end

  alias __rpartition rpartition
  def rpartition(pattern)
    return __rpartition(pattern) unless pattern.is_a?(Regexp)
    return ["", "", dup] unless rindex(pattern)
    [$~.pre_match, $~[0], $~.post_match]
  end
end

class Regexp
  def self.__of(pattern) = pattern.is_a?(Regexp) ? pattern : compile(pattern)
end

class Symbol
  def =~(pattern) = to_s =~ pattern
  def match(pattern, from = 0) = to_s.match(pattern, from)
  def match?(pattern, from = 0) = to_s.match?(pattern, from)
end

class NilClass
  def =~(_pattern) = nil
end
