/** Who connects to a web door and says nothing, or not enough: nobody is held without limit of time or number. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { Admission, DEFAULT_ADMISSION } from "../transport/net/mod.ts";
import { DEFAULT_FRONT_LIMITS, openWebDoor, type WebDoorParts } from "./mod.ts";
import { doorParts } from "./testing/door_parts.ts";
import { handshake, RawHttp } from "./testing/raw_http.ts";

type Transport = "http" | "https";

async function open(transport: Transport, given: Partial<WebDoorParts> = {}) {
  const parts = doorParts(given);
  const door = await openWebDoor({ transport, host: "127.0.0.1", port: 0 }, parts);
  const port = Number(new URL(door.url).port);
  const count = (event: string) => parts.metrics.value("parley_web_wire_events_total", event)!;
  /** Until the door has seen so many connections; a refusal and a first octet have no answer to wait for. */
  const seen = async (connections: number): Promise<void> => {
    for (const late = performance.now() + 5_000; count("accepted") < connections;) {
      assert.ok(performance.now() < late, `${count("accepted")} of ${connections} connections`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { door, port, count, seen, time: parts.time };
}

const { first_head_ms, idle_ms } = DEFAULT_FRONT_LIMITS;
const GET = "GET /healthz HTTP/1.1\r\nHost: a.test\r\n\r\n";

for (const transport of ["http", "https"] as const) {
  Deno.test(`${transport}: silent ones, half heads and trickles end after 10 s; whoever has asked stays`, async () => {
    const { door, port, count, seen, time } = await open(transport);
    const asked = new RawHttp(transport, port);
    asked.socket.write(GET);
    await asked.until(/alive/);
    const starts = ["", "G", "GET /portal HT", handshake("msrp").slice(0, -2), "POST / HTTP/1.1\r\nHost: a.test\r\n"];
    const waiting = starts.map((start) => {
      const raw = new RawHttp(transport, port);
      if (start !== "") raw.socket.write(start);
      return raw;
    });
    await seen(1 + starts.length);
    time.advance(first_head_ms - 200);
    waiting[1].socket.write("ET /port");
    assert.equal(count("silent"), 0);
    time.advance(400);
    assert.deepEqual(await Promise.all(waiting.map((raw) => raw.ended())), starts.map(() => ""));
    assert.equal(count("silent"), starts.length);
    asked.socket.write(GET);
    await asked.until(/alive/);
    await asked.close();
    await door.close();
  });

  Deno.test(`${transport}: too many at once: the one that has stood longest goes, and a newcomer is served`, async () => {
    const { door, port, count, seen } = await open(transport, { limits: { ...DEFAULT_FRONT_LIMITS, waiting: 3 } });
    const silent: RawHttp[] = [];
    for (let i = 1; i <= 5; i++) {
      silent.push(new RawHttp(transport, port));
      await seen(i);
    }
    assert.deepEqual(await Promise.all(silent.slice(0, 2).map((raw) => raw.ended())), ["", ""]);
    assert.equal(count("crowded"), 2);
    const newcomer = new RawHttp(transport, port);
    newcomer.socket.write(GET);
    await newcomer.until(/alive/);
    await silent[2].ended();
    silent[4].socket.write(GET);
    await silent[4].until(/alive/);
    for (const raw of [...silent, newcomer]) await raw.close();
    await door.close();
  });

  Deno.test(`${transport}: one source has its share of connections, and gets one again when another ends`, async () => {
    const time = doorParts().time;
    const admission = new Admission(time, { ...DEFAULT_ADMISSION, connections: 2, exempt: [] });
    const { door, port, count } = await open(transport, { admission });
    const ask = async (): Promise<RawHttp> => {
      const raw = new RawHttp(transport, port);
      raw.socket.write(GET);
      await raw.until(/alive/);
      return raw;
    };
    const held = [await ask(), await ask()];
    await assert.rejects(ask(), /^Error: closed after ""/);
    assert.equal(count("admission"), 1);
    await held[0].close();
    const source = admission.source("127.0.0.1");
    for (const late = performance.now() + 5_000; source.connections > 1;) {
      assert.ok(performance.now() < late, `${source.connections} connections`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const again = await ask();
    for (const raw of [held[1], again]) await raw.close();
    await door.close();
    assert.equal(source.connections, 0);
  });

  Deno.test(`${transport}: a WebSocket counts with whoever takes it, not at the door as well`, async () => {
    const admission = new Admission(doorParts().time, { ...DEFAULT_ADMISSION, connections: 1, exempt: [] });
    const msrp = { accept: () => {}, longest: 1_000 };
    const { door, port, count } = await open(transport, { admission, takers: { sip: null, msrp } });
    for (let i = 1; i <= 3; i++) {
      const raw = new RawHttp(transport, port);
      raw.socket.write(handshake("msrp"));
      await raw.until(/^HTTP\/1.1 101 /);
      assert.equal(count("websocket"), i);
      assert.equal(admission.source("127.0.0.1").connections, 0);
    }
    await door.close();
  });

  Deno.test(`${transport}: what was passed on ends when nothing moves for long, and not before`, async () => {
    const { door, port, count, time } = await open(transport);
    const kept = new RawHttp(transport, port);
    const halfBody = new RawHttp(transport, port);
    halfBody.socket.write(`POST /nowhere HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n`);
    for (let i = 0; i < 3; i++) {
      kept.socket.write(GET);
      await kept.until(/alive/);
      if (i === 0) await halfBody.until(/404/);
      time.advance(idle_ms);
    }
    await halfBody.ended();
    assert.equal(count("idle"), 1);
    time.advance(2 * idle_ms);
    await kept.ended();
    assert.equal(count("idle"), 2);
    await door.close();
  });
}

Deno.test("https: a handshake that goes on for ever ends after 10 s, too", async () => {
  const { door, port, count, seen, time } = await open("https");
  const silent = connect({ host: "127.0.0.1", port });
  const closed = new Promise((resolve) => silent.once("close", resolve));
  silent.on("error", () => {});
  silent.write(new Uint8Array([0x16, 0x03, 0x01]));
  await seen(1);
  time.advance(first_head_ms + 200);
  await closed;
  assert.equal(count("silent"), 1);
  await door.close();
});
