# Dispatches JSON records: the value of DISPATCH_FIELD chooses the output topic, as DISPATCH_ROUTES says. All else goes to
# the first one.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

field = Settings.text("DISPATCH_FIELD")
routes = Settings.pairs("DISPATCH_ROUTES").to_h

Redpanda.on_record_written do |event, writer|
  found = RawJson.get(RawJson.parse(event.record.value), field)
  writer.write(event.record, to: found && routes[RawJson.text(found)])
end
