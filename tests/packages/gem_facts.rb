# Prints what RubyGems reads out of each specification of the command line: one line of JSON.
require "json"
require "rubygems"
ARGV.each do |path|
  spec = Gem::Specification.load(path)
  puts JSON.generate(spec.nil? ? nil : {
    name: spec.name, version: spec.version.to_s, platform: spec.original_platform.to_s,
    licenses: spec.licenses, authors: spec.authors, homepage: spec.homepage.to_s,
    needs: spec.runtime_dependencies.map(&:name), files: spec.files.sort
  })
end
