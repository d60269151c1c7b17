import assert from "node:assert/strict";
import { apiOver, ask, send } from "../testing/api_client.ts";
import { type FakeWorld, withEverybody } from "../testing/fake_services.ts";
import { closeStreams } from "./create_api.ts";

/** Reads server-sent events one by one. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }
  /** The next event or comment; null at the end. */
  async next(): Promise<string | null> {
    while (!this.#text.includes("\n\n")) {
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
    const end = this.#text.indexOf("\n\n");
    const event = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return event;
  }
  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

async function box() {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logIn("owner");
  const open = async (path: string, headers = {}) => new Reader(await send(api, "GET", path, { token, headers }));
  return { world, api, token, open };
}

/** Lets what a stream does after a close be done. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(holds());
}

const listeners = (world: FakeWorld) =>
  world.health.listeners.size + world.history.listeners.size + world.logs.listeners.size;

Deno.test("/events tells health and figures at first and after each change, and lets go when its reader goes", async () => {
  const { world, open } = await box();
  const reader = await open("/events");
  assert.match((await reader.next())!, /^event: health\ndata: \{"items":\[\{"code":"certificate\.self_signed"/);
  assert.match((await reader.next())!, /^event: live\ndata: \{"figures":\{"messages":12/);
  world.history.figures = { messages: 13 };
  world.history.listeners.tell();
  assert.match((await reader.next())!, /"messages":13/);
  await world.services.health.repair("peer.down/other.test", "x");
  assert.doesNotMatch((await reader.next())!, /peer\.down/);
  assert.equal(listeners(world), 2);
  await reader.close();
  await until(() => listeners(world) === 0);
});

Deno.test("a quiet stream has a heartbeat", async () => {
  const { world, open } = await box();
  const reader = await open("/logs/stream");
  world.time.advance(10_000);
  assert.equal(await reader.next(), ": still here");
  world.time.advance(10_000);
  assert.equal(await reader.next(), ": still here");
  await reader.close();
});

Deno.test("/logs/stream tells the lines that match, and after a gap those that were missed", async () => {
  const { world, open } = await box();
  const reader = await open("/logs/stream?level=warn&component=sip");
  world.logs.write("info", "sip", "too light");
  world.logs.write("error", "web", "another component");
  const line = world.logs.write("error", "sip", "a peer is down");
  assert.equal(await reader.next(), `event: line\ndata: ${JSON.stringify(line)}\nid: ${line.id}`);
  await reader.close();
  const again = await open("/logs/stream?level=info", { "last-event-id": "2" });
  for (let id = 3; id <= 5; id++) assert.match((await again.next())!, new RegExp(`\nid: ${id}$`));
  await again.close();
});

Deno.test("nothing goes out after the session's end; the stream ends with it", async () => {
  const { world, api, token, open } = await box();
  const reader = await open("/logs/stream");
  const line = world.logs.write("info", "sip", "before");
  assert.match((await reader.next())!, new RegExp(`id: ${line.id}$`));
  await ask(api, "DELETE", "/sessions/current", { token });
  world.logs.write("info", "sip", "after");
  assert.equal(await reader.next(), null);
  await until(() => listeners(world) === 0);
});

Deno.test("an open stream is no sign of life, and a quiet one ends at the next heartbeat", async () => {
  const { world, open } = await box();
  const reader = await open("/events");
  await reader.next();
  await reader.next();
  world.time.advance(3_600_000);
  for (let event = await reader.next(); event !== null; event = await reader.next()) {
    assert.equal(event, ": still here");
  }
  await until(() => listeners(world) === 0);
});

Deno.test("a stream ends when its permission does", async () => {
  const { world, api } = await box();
  const token = await world.logIn("operator");
  const reader = new Reader(await send(api, "GET", "/logs/stream", { token }));
  await world.services.access.changeAdmin("operator", { role: "help-desk" }, null, "admin:owner");
  world.logs.write("info", "sip", "a line");
  assert.equal(await reader.next(), null);
});

Deno.test("there are at most twenty streams; a closed one makes room", async () => {
  const { world, api, token, open } = await box();
  const readers: Reader[] = [];
  for (let i = 0; i < 20; i++) readers.push(await open("/logs/stream"));
  const refused = await ask(api, "GET", "/events", { token });
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.has("retry-after"));
  await readers[0].close();
  await until(() => listeners(world) === 19);
  const next = await open("/events");
  assert.match((await next.next())!, /^event: health/);
  for (const reader of [...readers.slice(1), next]) await reader.close();
  await until(() => listeners(world) === 0);
});

Deno.test("a reader that does not read loses the oldest lines, and is told how many", async () => {
  const { world, open } = await box();
  const reader = await open("/logs/stream");
  for (let i = 0; i < 2000; i++) world.logs.write("info", "sip", `line ${i}`);
  const events: string[] = [];
  for (let event = ""; !event.endsWith("id: 2002");) events.push(event = (await reader.next())!);
  const lost = events.filter((event) => event.startsWith("event: lost"));
  assert.equal(lost.length, 1);
  const count = Number(/data: ([0-9]+)/.exec(lost[0])![1]);
  assert.equal(events.length - 1 + count, 2000);
  assert.ok(events.length <= 520, `${events.length} events were kept`);
  await reader.close();
});

Deno.test("when the service restarts all streams end, and no new one begins", async () => {
  const { world, api, token, open } = await box();
  const readers = [await open("/logs/stream"), await open("/logs/stream")];
  closeStreams(api);
  for (const reader of readers) assert.equal(await reader.next(), null);
  await until(() => listeners(world) === 0);
  const refused = await ask(api, "GET", "/events", { token });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "2");
});
