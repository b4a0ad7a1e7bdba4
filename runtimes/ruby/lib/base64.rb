module Base64
  class << self
    def encode64(data) = [data].pack("m")
    def decode64(text) = text.unpack1("m")
    def strict_encode64(data) = [data].pack("m0")
    def strict_decode64(text) = text.unpack1("m0")

    def urlsafe_encode64(data, padding: true)
      text = strict_encode64(data).tr("+/", "-_")
      padding ? text : text.delete("=")
    end

    def urlsafe_decode64(text)
      text += "=" * (-text.size % 4)
      strict_decode64(text.tr("-_", "+/"))
    end
  end
end
