module Redpanda
  # What a schema refers to: the name it uses for it, and the subject and version that it is.
  Reference = Struct.new(:name, :subject, :version)

  # A schema: its text, its format and the schemas that it refers to.
  class Schema
    AVRO = 0
    PROTOBUF = 1
    JSON = 2

    attr_reader :text, :format, :references

    def initialize(text, format: AVRO, references: [])
      @text = text
      @format = format
      @references = references
    end
  end

  # A schema of a subject: its id in the registry and its version.
  SubjectSchema = Struct.new(:schema, :subject, :id, :version)

  # Asks the cluster's schema registry, each time, so keep what is asked for again and again. SchemaRegistryError when it
  # has not what is asked for, refuses, or is not enabled.
  class SchemaRegistryClient
    LATEST = -1

    def schema_by_id(id) = SchemaReader.new(__definition(id)).schema
    def latest_schema(subject) = schema_by_version(subject, LATEST)

    def schema_by_version(subject, version)
      reader = SchemaReader.new(__subject(subject, version))
      id = reader.number
      version = reader.number
      SubjectSchema.new(reader.schema, subject, id, version)
    end

    def create_schema(subject, schema)
      parts = [schema.format, schema.text, schema.references.size]
      schema.references.each { |reference| parts.push(reference.name, reference.subject, reference.version) }
      id = __create(subject, parts.map { |part| part.is_a?(String) ? number(part.bytesize) + part : number(part) }.join)
      latest = latest_schema(subject)
      SubjectSchema.new(schema, subject, id, latest.id == id ? latest.version : nil)
    end

    private

    # A zigzag varint.
    def number(value)
      bits = value < 0 ? -2 * value - 1 : 2 * value
      bytes = []
      while bits >= 0x80
        bytes << (bits & 0x7f | 0x80)
        bits >>= 7
      end
      (bytes << bits).pack("C*")
    end
  end

  # Reads what the registry's host functions answer.
  class SchemaReader
    def initialize(data)
      @data = data
      @at = 0
    end

    def number
      bits = shift = 0
      loop do
        byte = @data.getbyte(@at)
        @at += 1
        bits |= (byte & 0x7f) << shift
        shift += 7
        return (bits >> 1) ^ -(bits & 1) if byte < 0x80
      end
    end

    def text
      size = number
      @at += size
      @data.byteslice(@at - size, size)
    end

    def schema
      format = number
      text = self.text
      references = Array.new(number) { Reference.new(self.text, self.text, number) }
      Schema.new(text, format: format, references: references)
    end
  end

  # The schema id before `data`, as serializers write it (a zero byte and four bytes), and what comes after it.
  def self.decode_schema_id(data)
    raise ArgumentError, "a schema id takes 5 bytes, there are #{data.bytesize}" if data.bytesize < 5
    magic, id = data.unpack("CN")
    raise ArgumentError, "the data begins with #{magic}, so there is no schema id before it" if magic != 0
    [id, data.byteslice(5, data.bytesize - 5)]
  end

  # `data` with the schema id before it.
  def self.encode_schema_id(id, data) = [0, id].pack("CN") + data
end
