# Writes every record unchanged to the first output topic.

require "redpanda_transform"

Redpanda.on_record_written do |event, writer|
  writer.write(event.record)
end
