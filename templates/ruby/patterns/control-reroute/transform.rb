# Sends records with one of REROUTE_HEADERS to the second output topic while REROUTE is "on"; all else to the first one.

require "redpanda_transform"
require_relative "settings"

is_on = Settings.text("REROUTE") == "on"
rules = Settings.pairs("REROUTE_HEADERS")
detour = Settings.text("REDPANDA_OUTPUT_TOPIC_1")

Redpanda.on_record_written do |event, writer|
  is_rerouted = is_on && event.record.headers.any? { |header| rules.include?(header) }
  writer.write(event.record, to: is_rerouted ? detour : nil)
end
