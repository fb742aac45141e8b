# Renders templates as the BOSH CLI does for create-env: declared properties only, no links.
# stdin: {"templates": {name: path}, "cases": [{"defaults": {...}, "properties": {...}}]}
# stdout: [{"name": text, ...} or {"error": text}]
require "erb"
require "json"

class Context
  def initialize(defaults, given)
    @values = defaults.to_h { |name, default| [name, self.class.dig(given, name.split("."), default)] }
    @names = defaults.keys
  end

  def self.dig(given, keys, default)
    found = keys.reduce(given) { |at, key| at.is_a?(Hash) ? at[key] : nil }
    found.nil? ? default : found
  end

  def p(name, *fallback)
    raise "property #{name} is not declared in the job's spec" unless @names.include?(name)

    value = @values[name]
    return value unless value.nil?
    raise "Can't find property '#{name}'" if fallback.empty?

    fallback.first
  end

  def scope
    binding
  end
end

input = JSON.parse($stdin.read)
answers = input["cases"].map do |one|
  context = Context.new(one["defaults"], one["properties"])
  input["templates"].to_h do |name, path|
    erb = ERB.new(File.read(path), trim_mode: "-")
    erb.filename = path
    [name, erb.result(context.scope)]
  end
rescue StandardError => error
  { "error" => error.message }
end
puts JSON.generate(answers)
