import assert from "node:assert/strict";
import type { TemporaryFolder } from "../testing.ts";

/** Behind the line after which a writer is killed, at most: so that the kill falls anywhere between two lines. */
const BEYOND_MS = 5;

/** How a writer is run, and until when. */
export interface KilledWriter {
  /** A file beside this one; it gets the KV file, the key file and `round`. */
  readonly program: string;
  readonly round: number;
  /** Of how many rounds. */
  readonly rounds: number;
  /** Lines that the longest round is to hear. */
  readonly lines: number;
  readonly hear: (line: string) => void;
}

/**
 * Runs a program that says what it writes, and kills it (SIGKILL) after some of its lines: by chance, and later from round to round, so
 * that all rounds together hear `lines * (rounds - 1) / 2` or more. By its lines and not by time: a busy machine changes nothing.
 * `hear` gets what it said before it died, whole lines only.
 */
export async function writeAndKill(folder: TemporaryFolder, options: KilledWriter): Promise<void> {
  const { program, round, rounds, lines, hear } = options;
  const path = new URL(`./${program}`, import.meta.url).pathname;
  const writer = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-kv", path, folder.kv, folder.keyFile, String(round)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let left = Math.ceil((round - Math.random()) * lines / rounds);
  let rest = "";
  for await (const text of writer.stdout.pipeThrough(new TextDecoderStream())) {
    const said = (rest + text).split("\n");
    rest = said.pop()!;
    for (const line of said) {
      hear(line);
      if (--left === 0) setTimeout(() => writer.kill("SIGKILL"), Math.random() * BEYOND_MS);
    }
  }
  const { signal } = await writer.status;
  assert.equal(signal, "SIGKILL");
}
