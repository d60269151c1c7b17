import assert from "node:assert/strict";
import { Metrics } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { MemoryStates } from "../testing/memory_states.ts";
import type { PublicationResult, PublicationRules } from "./publication_rules.ts";
import { PublicationStore } from "./publication_store.ts";

const BOB = "sip:bob@b.test";
const text = (body: Uint8Array) => new TextDecoder().decode(body);

/** A store over a log that the test commits; what it answers goes to `answers` under the body's text. */
class Publications {
  readonly time: FakeTime;
  readonly states: MemoryStates;
  readonly store: PublicationStore;
  readonly metrics = new Metrics();
  readonly changes: string[] = [];
  readonly refreshes: string[] = [];

  constructor(rules: Partial<PublicationRules> = {}, states = new MemoryStates(), time = new FakeTime()) {
    this.time = time;
    this.states = states;
    this.store = new PublicationStore(
      {
        event: "presence",
        contentTypes: ["application/pidf+xml"],
        expires: { default: 3600, min: 60, max: 7200 },
        durable: states,
        authorize: () => null,
        deviceOf: (_, { host }) => `device at ${host}`,
        changed: (resource) => this.changes.push(resource),
        refreshed: ({ id }) => this.refreshes.push(id),
        ...rules,
      },
      time,
      time.timers,
      this.metrics,
    );
  }

  /** Gives where the result will be, once there is one. */
  publish(
    body: string | Uint8Array,
    { etag = "", expires = 600, resource = BOB, publisher = BOB, flowId = 7 } = {},
  ): { result?: PublicationResult; tag: string; status: number } {
    const outcome = { tag: "", status: 0 } as { result?: PublicationResult; tag: string; status: number };
    this.store.publish({
      resource,
      publisher,
      etag,
      expires,
      contentType: "application/pidf+xml",
      body: typeof body === "string" ? new TextEncoder().encode(body) : body,
      origin: { flowId, host: "192.0.2.9", port: 5060, transport: "tcp" },
    }, (result) => {
      assert.equal(outcome.result, undefined, "told once");
      outcome.result = result;
      outcome.status = result.status;
      if ("etag" in result) outcome.tag = result.etag;
    });
    return outcome;
  }

  /** Published and stored. */
  done(...args: Parameters<Publications["publish"]>) {
    const outcome = this.publish(...args);
    this.states.commit();
    return outcome;
  }

  restarted(after_ms = 0, rules: Partial<PublicationRules> = {}): Publications {
    this.time.advance(after_ms);
    return new Publications(rules, this.states.restarted(), this.time);
  }

  get live(): string[] {
    return this.store.live(BOB).map(({ body }) => text(body));
  }
}

Deno.test("the 200 goes out once it is stored, and nobody sees it before", () => {
  const box = new Publications();
  const first = box.publish("open");
  assert.deepEqual([first.result, box.live, box.states.urgent], [undefined, [], 1]);
  box.states.commit();
  assert.deepEqual([first.status, box.live], [200, ["open"]]);
  const second = box.publish("busy", { etag: first.tag });
  assert.deepEqual([second.result, box.live], [undefined, ["open"]]);
  box.states.commit();
  assert.deepEqual([second.status, box.live, second.tag === first.tag], [200, ["busy"], false]);
  const third = box.publish("", { etag: second.tag, expires: 0 });
  assert.deepEqual([third.result, box.live], [undefined, ["busy"]]);
  box.states.commit();
  assert.deepEqual([third.status, box.live, box.states.safe.size], [200, [], 0]);
});

Deno.test("what was answered outlasts a kill: state, tag, time, who, how; a byte that is no UTF-8 too", () => {
  const box = new Publications();
  const { tag } = box.done("op\u00e9n\r\n\ufeff");
  const odd = new Uint8Array([60, 255, 0, 62]);
  box.done(odd, { resource: "sip:carol@b.test" });
  const [before] = box.store.live(BOB);
  assert.equal(before.origin.flowId, 7);
  const after = box.restarted(100_000);
  const [found] = after.store.live(BOB);
  const { id, etag, resource, publisher, contentType, revision, publishedAt, device } = before;
  assert.deepEqual(
    [found.id, found.etag, found.resource, found.publisher, found.contentType, found.revision, found.publishedAt],
    [id, etag, resource, publisher, contentType, revision, publishedAt],
  );
  assert.deepEqual([found.device, found.kept], [device, undefined]);
  assert.deepEqual(found.origin, { flowId: 0, host: "192.0.2.9", port: 5060, transport: "tcp" });
  assert.deepEqual(found.body, new TextEncoder().encode("op\u00e9n\r\n\ufeff"));
  assert.deepEqual(after.store.live("sip:carol@b.test")[0].body, odd);
  assert.deepEqual([...after.store.resources()].sort(), [BOB, "sip:carol@b.test"]);
  assert.equal(after.changes.length, 0);
  assert.equal(after.done("new", { etag: tag }).status, 200);
  assert.equal(after.done("another").status, 200);
  assert.equal(new Set(after.store.live(BOB).map((one) => one.id)).size, 2, "ids are not given twice");
  after.time.advance(400_000);
  assert.deepEqual(after.live, ["new", "another"]);
  after.time.advance(300_000);
  assert.deepEqual(after.live, []);
  after.states.commit();
  assert.equal(after.states.safe.size, 0, "what expired leaves the store");
});

Deno.test("its time goes on while the box is down, and ends in it; revisions go on", () => {
  const box = new Publications();
  box.done("short", { expires: 60 });
  box.done("long", { expires: 600 });
  const after = box.restarted(120_000);
  assert.deepEqual(after.live, ["long"]);
  after.states.commit();
  assert.equal(after.states.safe.size, 1);
  after.done("newest");
  assert.deepEqual(after.live, ["long", "newest"]);
  after.time.advance(480_100);
  assert.deepEqual(after.live, ["newest"]);
});

Deno.test("a refresh is answered at once and written lazily; its tag holds though a kill lost it", () => {
  const box = new Publications();
  const { tag } = box.done("open");
  const refreshed = box.publish("", { etag: tag, flowId: 8 });
  assert.deepEqual([refreshed.status, box.states.urgent, box.refreshes], [200, 0, []]);
  assert.equal(box.store.live(BOB)[0].origin.flowId, 8);
  const again = box.publish("", { etag: refreshed.tag });
  assert.notEqual(again.tag, refreshed.tag);
  assert.equal(box.publish("", { etag: tag }).status, 412, "while the box runs only the newest is one");

  const after = box.restarted();
  const later = `${again.tag}0`;
  assert.equal(after.publish("", { etag: later }).status, 200, "any later refresh");
  assert.equal(after.publish("", { etag: later }).status, 412);
  const third = box.restarted();
  for (
    const bad of ["x" + again.tag, again.tag.slice(0, -1), again.tag.replace(".", "-"), "." + again.tag, `${tag} `]
  ) {
    assert.equal(third.publish("", { etag: bad }).status, 412, bad);
  }
  const ok = third.done("busy", { etag: again.tag });
  assert.equal(ok.status, 200);
  assert.equal(third.publish("", { etag: again.tag }).status, 412);
  assert.deepEqual(third.live, ["busy"]);
});

Deno.test("what cannot be stored gets 503, and all is as it was", () => {
  const box = new Publications();
  const { tag } = box.done("open", { expires: 200 });
  box.states.fault = new Error("disk full");
  for (const refused of [box.done("new"), box.done("busy", { etag: tag }), box.done("", { etag: tag, expires: 0 })]) {
    assert.equal(refused.status, 503);
    assert.deepEqual((refused.result as { headers: unknown }).headers, [["Retry-After", "60"]]);
  }
  assert.deepEqual([box.live, box.store.size, box.changes], [["open"], 1, []]);
  box.states.fault = null;
  box.states.commit();
  assert.deepEqual(box.restarted().live, ["open"], "what was said to be lost is not there either");
  assert.equal(box.done("", { etag: tag }).status, 200);
});

Deno.test("two PUBLISHes of one entity at once: the first decides, the second meets what it left", () => {
  const box = new Publications();
  const { tag } = box.done("open");
  const first = box.publish("busy", { etag: tag });
  const second = box.publish("away", { etag: tag });
  const third = box.publish("", { etag: tag });
  assert.deepEqual([second.result, third.result], [undefined, undefined]);
  box.states.commit();
  assert.deepEqual([first.status, second.status, third.status, box.live], [200, 412, 412, ["busy"]]);

  box.states.fault = new Error("disk full");
  const failing = box.publish("no", { etag: first.tag });
  const next = box.publish("yes", { etag: first.tag });
  box.states.commit();
  box.states.fault = null;
  box.states.commit();
  assert.deepEqual([failing.status, next.status, box.live], [503, 200, ["yes"]]);

  const removing = box.publish("", { etag: next.tag, expires: 0 });
  const late = Array.from({ length: 9 }, () => box.publish("late", { etag: next.tag }));
  assert.equal(late[8].status, 503, "so many wait and no more");
  box.states.commit();
  assert.deepEqual([removing.status, late[0].status, late[7].status, box.live], [200, 412, 412, []]);
});

Deno.test("its user goes, or newer ones displace it, while it is written: it is not there afterwards", () => {
  const box = new Publications({ maxPerResource: 1 });
  const coming = box.publish("open");
  box.store.clear(BOB);
  box.states.commit();
  box.states.commit();
  assert.deepEqual([coming.status, box.store.size, box.states.safe.size], [412, 0, 0]);
  const first = box.done("first");
  const second = box.publish("second");
  const modified = box.publish("first again", { etag: first.tag });
  box.states.commit();
  box.states.commit();
  assert.deepEqual([second.status, modified.status, box.live], [200, 412, ["second"]]);
  assert.deepEqual(box.restarted().live, ["second"]);
});

Deno.test("time runs out while a modification is written: it lives where that succeeds, else it ends", () => {
  for (const fault of [null, new Error("disk full")]) {
    const box = new Publications();
    const { tag } = box.done("open", { expires: 60 });
    box.time.advance(59_900);
    const modified = box.publish("busy", { etag: tag });
    box.time.advance(1000);
    box.states.fault = fault;
    box.states.commit();
    assert.deepEqual([modified.status, box.live], fault === null ? [200, ["busy"]] : [503, []]);
    assert.equal(box.changes.length, fault === null ? 0 : 1);
  }
});

Deno.test("the wall clock is set: what is stored says the same time left, within a minute or two", () => {
  const box = new Publications();
  box.done("open", { expires: 3600 });
  box.time.jump(40 * 365 * 86_400_000);
  box.time.advance(130_000);
  box.states.commit();
  const after = box.restarted();
  assert.deepEqual(after.live, ["open"]);
  after.time.advance(3_600_000 - 130_000 - 1000);
  assert.deepEqual(after.live, ["open"]);
  after.time.advance(12_000);
  assert.deepEqual(after.live, []);
  const wrong = new Publications();
  wrong.done("open", { expires: 3600 });
  const states = wrong.states.restarted();
  const past = new FakeTime(Date.UTC(2000, 0, 1));
  const early = new Publications({}, states, past);
  past.advance(7_200_000 + 61_000);
  assert.deepEqual(early.live, [], "a clock that is wrong does not make it last for ever");
});

Deno.test("what no Parley wrote is left alone", () => {
  const states = new MemoryStates();
  const strange = [
    `{"v":1,"resource":"${BOB}"}`,
    "null",
    "[]",
    `[3,"${BOB}","","a/b","v",0,1,9e15,0,"","192.0.2.9",5060,"tcp"]`,
    `[2,"${BOB}","","a/b","v",0,1,"9e15",0,"","192.0.2.9",5060,"tcp"]`,
    `[2,"${BOB}","","a/b","v",0,1,9e15,0,"","192.0.2.9",5060,"pigeon"]`,
    `[2,"${BOB}","","a/b","v",0,1,9e15,0,"","192.0.2.9",5060]`,
    `[2,"${BOB}","","a/b","v",0,1,9e15,0,"","192.0.2.9",5060,"tcp","more"]`,
    // In order, but its body is missing.
    `[2,"${BOB}","","a/b","v",0,1,9e15,0,"","192.0.2.9",5060,"tcp"]`,
  ];
  strange.forEach((text, i) => states.safe.set(`presence ${i + 1}`, text));
  states.safe.set("presence x", "null").set("other 1", "[]");
  const box = new Publications({}, states);
  assert.equal(box.store.size, 0);
  states.commit();
  assert.equal(states.safe.size, strange.length + 2);
  box.publish("x");
  states.commit();
  assert.deepEqual([...states.safe.keys()].at(-1), `presence ${strange.length + 1}`, "and not written over");
  strange.forEach((text, i) => assert.equal(states.safe.get(`presence ${i + 1}`), text));
});

Deno.test("a storm of one publisher is slowed and counted; others, and the quiet, are not", () => {
  const box = new Publications({ rate: { interval_ms: 5000, burst: 3 }, durable: undefined });
  const statuses = Array.from({ length: 5 }, () => box.publish("x"));
  assert.deepEqual(statuses.map(({ status }) => status), [200, 200, 200, 503, 503]);
  assert.deepEqual((statuses[4].result as { headers: unknown }).headers, [["Retry-After", "5"]]);
  assert.equal(box.metrics.value("parley_publications_slowed_total"), 2);
  assert.equal(box.publish("x", { publisher: "sip:other@b.test" }).status, 200);
  assert.equal(box.publish("x", { resource: "sip:carol@b.test", publisher: "sip:carol@b.test" }).status, 200);
  box.time.advance(5000);
  assert.deepEqual([box.publish("x").status, box.publish("x").status], [200, 503]);
});

Deno.test("a partial publication is stored as what it makes of the one before; its refusal has a body", () => {
  const box = new Publications({
    check: (_type, body, before, resource) => {
      const said = text(body);
      if (said === "bad") {
        return {
          status: 400,
          reason: "Bad Patch",
          contentType: "application/x",
          body: new TextEncoder().encode("why"),
        };
      }
      if (!said.startsWith("+")) return null;
      if (before === null) return { status: 400, reason: "Nothing To Patch" };
      const made = `${text(before.body)}${said}`;
      return { contentType: "application/full", body: new TextEncoder().encode(made), kept: `${resource} ${made}` };
    },
    maxBody: 12,
  });
  assert.equal(box.publish("+1").status, 400);
  const full = box.done("base");
  const patched = box.done("+1", { etag: full.tag });
  assert.deepEqual([box.live, box.store.live(BOB)[0].contentType], [["base+1"], "application/full"]);
  assert.equal(box.store.live(BOB)[0].kept, `${BOB} base+1`);
  const bad = box.publish("bad", { etag: patched.tag }).result as { contentType: string; body: Uint8Array };
  assert.deepEqual([bad.contentType, text(bad.body)], ["application/x", "why"]);
  assert.equal(box.publish("+1234567890", { etag: patched.tag }).status, 413, "what it makes is too large");
  assert.deepEqual(box.restarted().live, ["base+1"]);
});
