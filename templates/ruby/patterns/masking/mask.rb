# Masks fields of a JSON text, leaving every other byte as it is.
#
# Nothing here is of transforms: try it with any Ruby, as in `ruby -r./mask -e 'puts Mask.mask("{}", ["a"])'`.

require "json"
require "strscan"

module Mask
  # The text is not JSON (RFC 8259).
  class NotJson < StandardError; end

  MAX_DEPTH = 128 # arrays and objects inside each other
  KEEP = 4 # characters of a string that are left
  KEEP_ABOVE = 8 # strings of up to so many characters keep none

  SPACES = /[ \t\n\r]*+/
  COMMA = /,[ \t\n\r]*+/
  # A character of a string, as JSON writes it; a surrogate pair is one.
  CHARACTER = /[^"\\\x00-\x1f]|\\u[Dd][89ABab]\h\h\\u[Dd][C-Fc-f]\h\h|\\u\h{4}|\\["\\\/bfnrt]/
  STRING = /"[^"\\\x00-\x1f]*+(?:\\(?:["\\\/bfnrt]|u\h{4})[^"\\\x00-\x1f]*+)*+"/
  SCALAR = /#{STRING}|-?(?:0|[1-9]\d*+)(?:\.\d++)?+(?:[eE][-+]?\d++)?+|true|false|null/
  KEY = /(#{STRING})[ \t\n\r]*+:[ \t\n\r]*+/

  # The names in "email, phone": split at commas, spaces and tabs around a name dropped, empty names too.
  def self.parse_fields(names)
    names.split(",").map { |name| name.gsub(/\A[ \t]+|[ \t]+\z/, "") }.reject(&:empty?)
  end

  # `text` with the value of each member whose key is in `names` masked, at any depth; NotJson.
  def self.mask(text, names)
    raise NotJson unless text.valid_encoding?
    done = []
    copied = 0 # how much of the text `done` covers
    closers = [] # of the arrays and objects around
    masked_at = masked_depth = nil # where the value being masked starts, and how deep it lies
    scanner = StringScanner.new(text)

    after_key = lambda do
      raise NotJson unless scanner.skip(KEY)
      if masked_at.nil? && names.include?(JSON.parse(scanner[1]))
        masked_at = scanner.pos
        masked_depth = closers.size
      end
    end

    scanner.skip(SPACES)
    loop do
      if (opened = scanner.scan(/[\[{]/))
        raise NotJson if closers.size == MAX_DEPTH
        closers << (opened == "{" ? "}" : "]")
        scanner.skip(SPACES)
        if scanner.peek(1) != closers.last
          after_key.call if opened == "{"
          next
        end
      elsif !scanner.skip(SCALAR)
        raise NotJson
      end
      # a value ends here, or an empty array or object is about to
      loop do
        if masked_at && closers.size == masked_depth
          done << text.byteslice(copied, masked_at - copied)
          done << masked(text.byteslice(masked_at, scanner.pos - masked_at))
          copied = scanner.pos
          masked_at = nil
        end
        scanner.skip(SPACES)
        if closers.empty?
          raise NotJson unless scanner.eos?
          return done.push(text.byteslice(copied, text.bytesize - copied)).join
        elsif scanner.peek(1) == closers.last
          closers.pop
          scanner.pos += 1
        elsif scanner.skip(COMMA)
          after_key.call if closers.last == "}"
          break
        else
          raise NotJson
        end
      end
    end
  end

  # What the value is replaced by: a longer string keeps its last characters, as they are written.
  def self.masked(value)
    starts = [] # of the last characters
    count = 0
    scanner = StringScanner.new(value)
    if scanner.skip(/"/)
      start = scanner.pos
      while scanner.skip(CHARACTER)
        starts << start
        starts.shift if starts.size > KEEP
        start = scanner.pos
        count += 1
      end
    end
    return '"****"' unless count > KEEP_ABOVE
    "\"****#{value.byteslice(starts[0], value.bytesize - starts[0])}"
  end
end
