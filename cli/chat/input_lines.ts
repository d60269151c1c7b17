/** Longest line that is taken; what is beyond it is a line of its own. */
const LONGEST = 16_777_216;

/** Hands on the lines of a stream without their ends; resolves when it has ended. */
export async function readLines(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const octets of stream) {
    const text = decoder.decode(octets, { stream: true });
    if (!text.includes("\n")) {
      rest += text;
      if (rest.length > LONGEST) {
        take(rest);
        rest = "";
      }
      continue;
    }
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
  if (rest !== "") take(rest);
}
