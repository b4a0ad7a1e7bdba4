# Reads the transform's environment variables. One that is missing ends the transform with a word in its log.
module Settings
  # The variable's text, spaces around it dropped.
  def self.text(variable)
    text = trim(ENV[variable] || "")
    abort "#{variable} is not set" if text.empty?
    text
  end

  # The items of "a, b", of which there is at least one.
  def self.list(variable)
    items = (ENV[variable] || "").split(",").map { |item| trim(item) }.reject(&:empty?)
    abort "#{variable} is not set" if items.empty?
    items
  end

  # The pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself.
  def self.pairs(variable)
    list(variable).map do |item|
      at = item.index("=")
      at ? [trim(item[0...at]), trim(item[at + 1..])] : [item, item]
    end
  end

  def self.trim(text)
    text.gsub(/\A[ \t]+|[ \t]+\z/, "")
  end
end
