# Prints what Bundler reads out of each lock file of the command line: one line of JSON.
require "json"
require "bundler"
ENV["BUNDLE_GEMFILE"] = "Gemfile" # need not be there
ARGV.each do |path|
  gems = Bundler::LockfileParser.new(File.read(path, encoding: "UTF-8")).specs.map do |spec|
    { name: spec.name, version: spec.version.to_s, platform: spec.platform.to_s,
      needs: spec.dependencies.map(&:name).sort }
  end
  puts JSON.generate(gems.sort_by { |gem| [gem[:name], gem[:version], gem[:platform]] })
end
