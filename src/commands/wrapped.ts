/** Lines of a terminal; elsewhere a sentence stays one line, for who looks through them. `begin` is what stands before each. */
export function wrapped(text: string, begin: string, stream: NodeJS.WriteStream = process.stdout): string[] {
  const lines = text.split('\n')
  const width = stream.columns - begin.length
  if (!stream.isTTY || !(width > 30)) return lines
  // What is longer than a line stays whole, such as a path to copy.
  const parts = new RegExp(`\\S{${width},}|\\S.{0,${width - 1}}(?=\\s|$)`, 'g')
  return lines.flatMap((line) => line.match(parts)?.map((part) => part.trimEnd()) ?? [line])
}
