import assert from "node:assert/strict";
import { LineSink } from "./line_sink.ts";

/** A stream that takes nothing until it is let go, and then two octets at a time. */
class SlowTarget {
  #decoder = new TextDecoder();
  text = "";
  #free = false;
  #waiting: (() => void)[] = [];
  async write(bytes: Uint8Array): Promise<number> {
    if (!this.#free) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const taken = bytes.subarray(0, 2);
    this.text += this.#decoder.decode(taken, { stream: true });
    return taken.length;
  }
  letGo(): void {
    this.#free = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

Deno.test("lines go out in order and whole, however little the stream takes", async () => {
  const target = new SlowTarget();
  const sink = new LineSink(target);
  sink.write("one\n");
  sink.write("two\n");
  target.letGo();
  await sink.flush(1000);
  assert.equal(target.text, "one\ntwo\n");
});

Deno.test("a stream that is stuck never makes the writer wait: lines beyond the limit are dropped, and that is said", async () => {
  const target = new SlowTarget();
  const sink = new LineSink(target, 100);
  for (let i = 0; i < 50; i++) sink.write("123456789\n");
  await sink.flush(20);
  assert.equal(target.text, "");
  target.letGo();
  await sink.flush(1000);
  assert.match(target.text, /^(?:123456789\n){10}… 40 log lines dropped: nobody read them in time\n$/);
});

Deno.test("a reader that went away is no failure", async () => {
  const sink = new LineSink({ write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")) });
  sink.write("one\n");
  await sink.flush(1000);
  sink.write("two\n");
  await sink.flush(1000);
});
