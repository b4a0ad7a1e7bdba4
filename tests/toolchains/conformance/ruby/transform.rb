# Does what each record's value asks for; see ../README.md.

require "redpanda_transform"

Redpanda.on_record_written do |event, writer|
  record = event.record
  verb, argument = (record.value || "").split(" ", 2)
  case verb
  when "to"
    begin
      writer.write(record, to: argument)
    rescue ArgumentError
      warn "refused: #{argument}"
    end
  when "offset"
    writer.write(record, value: record.offset.to_s)
  when "timestamp"
    writer.write(record, value: record.timestamp.to_s)
  when "environment"
    writer.write(record, value: ENV[argument])
  when "change"
    changed = Redpanda::Record.new(
      key: "#{record.key}-key", value: "#{record.value}-value", headers: record.headers + [["more", nil]]
    )
    writer.write(changed)
    writer.write(record)
  when "empty"
    writer.write(key: "", value: "", headers: [["", ""]])
  when "null"
    writer.write(Redpanda::Record.new)
  when "drop"
    next
  when "log"
    puts argument
  when "warn"
    warn argument
  when "fail"
    raise argument
  else
    writer.write(record)
  end
end
