# Reads JSON without changing it: what is taken out of a text is text, as it was written.

require "strscan"

module RawJson
  MAX_DEPTH = 128 # arrays and objects inside each other

  SPACES = /[ \t\n\r]*+/
  COMMA = /,[ \t\n\r]*+/
  STRING = /"[^"\\\x00-\x1f]*+(?:\\(?:["\\\/bfnrt]|u\h{4})[^"\\\x00-\x1f]*+)*+"/
  SCALAR = /#{STRING}|-?(?:0|[1-9]\d*+)(?:\.\d++)?+(?:[eE][-+]?\d++)?+|true|false|null/
  KEY = /(#{STRING})[ \t\n\r]*+:[ \t\n\r]*+/
  PAIR = /\\u([Dd][89ABab]\h\h)\\u([Dd][C-Fc-f]\h\h)/
  MEANINGS = { "b" => "\b", "f" => "\f", "n" => "\n", "r" => "\r", "t" => "\t" }
  ESCAPES = { '"' => '\"', "\\" => "\\\\" }.merge(MEANINGS.map { |letter, meaning| [meaning, "\\#{letter}"] }.to_h)
  KINDS = { "{" => "object", "[" => "array", '"' => "string", "t" => "boolean", "f" => "boolean", "n" => "null" }

  # The value without spaces around it, or nil when it is not JSON (or nil).
  def self.parse(value)
    return nil unless value && value.valid_encoding?
    scanner = StringScanner.new(value)
    scanner.skip(SPACES)
    start = scanner.pos
    return nil unless skip_value(scanner)
    size = scanner.pos - start
    scanner.skip(SPACES)
    scanner.eos? ? value.byteslice(start, size) : nil
  end

  # The value without spaces around it, or nil when it is not a JSON object.
  def self.parse_object(value)
    text = parse(value)
    text && text.start_with?("{") ? text : nil
  end

  # The member that a path ("address.city") leads to, as it is written, or nil. Of duplicate keys the last one counts.
  def self.get(value, path)
    path.split(".", -1).each do |name|
      return nil unless value && value.start_with?("{")
      found = nil
      items(value).each { |key, member| found = member if text(key) == name }
      value = found
    end
    value
  end

  # What is in an object or array: pairs of a key (with its quotes; "" in an array) and a value, as they are written.
  def self.items(container)
    found = []
    is_object = container.start_with?("{")
    scanner = StringScanner.new(container)
    scanner.pos = 1
    scanner.skip(SPACES)
    while scanner.pos < container.bytesize - 1
      key = ""
      if is_object
        scanner.skip(KEY)
        key = scanner[1]
      end
      start = scanner.pos
      skip_value(scanner)
      found << [key, container.byteslice(start, scanner.pos - start)]
      scanner.skip(SPACES)
      scanner.skip(COMMA)
    end
    found
  end

  # The text that a string stands for; any other value as it is written.
  def self.text(value)
    return value unless value.start_with?('"')
    inside = value.byteslice(1, value.bytesize - 2)
    return inside unless inside.include?("\\")
    text = ""
    scanner = StringScanner.new(inside)
    until scanner.eos?
      if (plain = scanner.scan(/[^\\]++/))
        text << plain
      elsif scanner.skip(PAIR)
        high, low = scanner[1].to_i(16), scanner[2].to_i(16)
        text << [0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)].pack("U")
      elsif scanner.skip(/\\u(\h{4})/)
        code = scanner[1].to_i(16)
        text << [code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code].pack("U") # a lone surrogate is no character
      else
        scanner.skip(/\\(.)/)
        text << (MEANINGS[scanner[1]] || scanner[1])
      end
    end
    text
  end

  # The text as a JSON string.
  def self.quote(text)
    '"' + text.gsub(/["\\\x00-\x1f]/) { |c| ESCAPES[c] || "\\u00" + (c.ord < 16 ? "0" : "") + c.ord.to_s(16) } + '"'
  end

  # "object", "array", "string", "number", "boolean" or "null".
  def self.kind(value)
    KINDS[value[0]] || "number"
  end

  # Moves the scanner over one whole value, without recursion; false when there is none.
  def self.skip_value(scanner)
    closers = [] # of the arrays and objects around
    loop do
      if (opened = scanner.scan(/[\[{]/))
        return false if closers.size == MAX_DEPTH
        closers << (opened == "{" ? "}" : "]")
        scanner.skip(SPACES)
        if scanner.peek(1) != closers.last
          return false if opened == "{" && !scanner.skip(KEY)
          next
        end
      elsif !scanner.skip(SCALAR)
        return false
      end
      loop do # a value ends here, or an empty array or object is about to
        return true if closers.empty?
        scanner.skip(SPACES)
        if scanner.peek(1) == closers.last
          closers.pop
          scanner.pos += 1
        elsif scanner.skip(COMMA)
          return false if closers.last == "}" && !scanner.skip(KEY)
          break
        else
          return false
        end
      end
    end
  end
end
