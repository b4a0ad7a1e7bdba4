# What CRuby's classes have and mruby's lack, as far as transforms are likely to use it.
class Integer
  def odd? = self & 1 == 1
  def even? = self & 1 == 0
  def pred = self - 1
  def ord = self
  def fdiv(other) = to_f / other

  def bit_length
    bits = self < 0 ? ~self : self
    length = 0
    while bits > 0
      bits >>= 1
      length += 1
    end
    length
  end

  def gcd(other)
    a = abs
    b = other.abs
    a, b = b, a % b while b > 0
    a
  end

  def lcm(other) = self == 0 || other == 0 ? 0 : (self / gcd(other) * other).abs
end

class String
  # Strings are bytes here, and characters are those of UTF-8.
  def b = dup
  def force_encoding(_encoding) = self
  def encode(*) = valid_encoding? ? dup : raise(ArgumentError, "invalid byte sequence in UTF-8")
  def ascii_only? = bytes.all? { |byte| byte < 0x80 }

  def scrub(replacement = "\u{fffd}")
    return dup if valid_encoding?
    each_char.map { |char| char.valid_encoding? ? char : replacement }.join
  end
end

class Symbol
  def start_with?(*prefixes) = to_s.start_with?(*prefixes)
  def end_with?(*suffixes) = to_s.end_with?(*suffixes)
  def [](*arguments) = to_s[*arguments]
end

class Range
  def step(by = 1)
    return to_enum(:step, by) unless block_given?
    at = first
    while self.end.nil? || (exclude_end? ? at < self.end : at <= self.end)
      yield at
      at += by
    end
    self
  end
  alias % step
end

class Object
  def public_send(...) = send(...)
end

class Module
  private

  # mruby has no private methods; what is declared so may be called from everywhere.
  def private_class_method(*) = nil
  def private_constant(*) = nil
end

class Exception
  def full_message(*) = "#{(backtrace || [])[0]}: #{message} (#{self.class})"
end

class Time
  DAYS = %w[Sunday Monday Tuesday Wednesday Thursday Friday Saturday]
  MONTHS = %w[January February March April May June July August September October November December]

  def utc_offset = 0
  def nsec = usec * 1000

  # The format of RFC 3339, in UTC.
  def iso8601(digits = 0) = getutc.strftime(digits > 0 ? "%Y-%m-%dT%H:%M:%S.%#{digits}NZ" : "%Y-%m-%dT%H:%M:%SZ")
  alias xmlschema iso8601

  def strftime(format)
    format.gsub(/%([-0^]?)(\d*)([A-Za-z%])/) do
      flag = $1
      digits = $2
      text = __field($3, digits)
      text = text.sub(/\A[0 ]+(?=.)/, "") if flag == "-"
      flag == "^" ? text.upcase : text
    end
  end

  private

  def __field(letter, digits)
    case letter
    when "Y" then year.to_s
    when "y" then format("%02d", year % 100)
    when "m" then format("%02d", month)
    when "d" then format("%02d", day)
    when "e" then format("%2d", day)
    when "j" then format("%03d", yday)
    when "H" then format("%02d", hour)
    when "I" then format("%02d", (hour + 11) % 12 + 1)
    when "M" then format("%02d", min)
    when "S" then format("%02d", sec)
    when "L" then format("%03d", usec / 1000)
    when "N" then format("%09d", nsec)[0, digits.empty? ? 9 : digits.to_i]
    when "p" then hour < 12 ? "AM" : "PM"
    when "P" then hour < 12 ? "am" : "pm"
    when "A" then DAYS[wday]
    when "a" then DAYS[wday][0, 3]
    when "B" then MONTHS[month - 1]
    when "b", "h" then MONTHS[month - 1][0, 3]
    when "u" then (wday == 0 ? 7 : wday).to_s
    when "w" then wday.to_s
    when "s" then to_i.to_s
    when "z" then "+0000"
    when "Z" then "UTC"
    when "F" then strftime("%Y-%m-%d")
    when "T", "X" then strftime("%H:%M:%S")
    when "R" then strftime("%H:%M")
    when "D", "x" then strftime("%m/%d/%y")
    when "c" then strftime("%a %b %e %H:%M:%S %Y")
    when "%" then "%"
    else "%#{digits}#{letter}"
    end
  end
end

ARGV = [].freeze
