# Prints what Mix reads out of each lock file of the command line: a line of terms for each.
# Mix.Dep.Lock evaluates the file; texts are shown as hexadecimal digits of their bytes.
defmodule Shown do
  def term(atom) when is_atom(atom), do: "a" <> term(Atom.to_string(atom))
  def term(text) when is_binary(text), do: "'" <> Base.encode16(text, case: :lower) <> "'"
  def term(number) when is_integer(number), do: Integer.to_string(number)
  def term(list) when is_list(list), do: "[" <> all(list) <> "]"
  def term(tuple) when is_tuple(tuple), do: "(" <> all(Tuple.to_list(tuple)) <> ")"
  def term(map) when is_map(map) do
    pairs = for {key, value} <- map, do: {to_string(key), value}
    "{" <> all(Enum.sort(pairs)) <> "}"
  end

  defp all(terms), do: Enum.map_join(terms, ",", &term/1)
end

for path <- System.argv() do
  {lock, _} = path |> File.read!() |> Code.eval_string()
  entries = for {key, value} <- lock, do: "#{Shown.term(to_string(key))}=#{Shown.term(value)}"
  IO.puts(entries |> Enum.sort() |> Enum.join(";"))
end
