class LoadError < ScriptError; end
class SystemExit < Exception
  attr_reader :status
  def initialize(status = 0, message = "exit")
    super(message)
    @status = status
  end
  def success? = @status == 0
end

# A stream of the transform's log: 1 for what is printed, 2 for warnings. One line is one event.
class IO
  def initialize(stream)
    @stream = stream
  end

  def write(*texts)
    texts.each { |text| Redpanda.__print(@stream, text.to_s) }
    texts.sum { |text| text.to_s.bytesize }
  end

  def print(*values)
    write(*values)
    nil
  end

  def <<(value)
    write(value)
    self
  end

  def puts(*values)
    return write("\n") && nil if values.empty?
    values.each do |value|
      if value.is_a?(Array)
        value.empty? || puts(*value)
      else
        text = value.to_s
        Redpanda.__print(@stream, text)
        Redpanda.__print(@stream, "\n") unless text.end_with?("\n")
      end
    end
    nil
  end

  def printf(*values)
    write(sprintf(*values))
    nil
  end

  def flush
    Redpanda.__flush(@stream)
    self
  end

  attr_accessor :sync
  def tty? = false
  alias isatty tty?
  def fileno = @stream
end

$stdout = STDOUT = IO.new(1)
$stderr = STDERR = IO.new(2)

module Kernel
  def print(*values) = $stdout.print(*values)
  def puts(*values) = $stdout.puts(*values)
  def printf(*values) = $stdout.printf(*values)

  def p(*values)
    values.each { |value| $stdout.puts(value.inspect) }
    values.size > 1 ? values : values[0]
  end
  alias pp p

  def warn(*values)
    $stderr.puts(*values) unless values.empty?
  end

  def exit(status = true)
    raise SystemExit.new(status == true ? 0 : status == false ? 1 : status)
  end

  def abort(message = nil)
    $stderr.puts(message) if message
    raise SystemExit.new(1, message || "exit")
  end
end

module Redpanda
  class Record
    def inspect
      "#<Redpanda::Record key=#{key.inspect}, value=#{value.inspect}, headers=#{headers.inspect}>"
    end
    alias to_s inspect
  end
end
