import assert from "node:assert/strict";
import fc from "fast-check";
import { compose, parsePresence, type PresenceView } from "../../../transport/presence/mod.ts";
import type { PublicationSuccess } from "../../../transport/sip/mod.ts";
import {
  ALICE,
  ALL,
  binding,
  note,
  pidf,
  PresentityWorld,
  settled,
  TCP,
  tuple,
  UDP,
} from "./testing/presentity_world.ts";

const ORIGINS = [UDP, TCP, { ...TCP, flowId: 99, port: 50_000 }];
/** Each PUBLISH brings an origin of its own, wherever it comes from. */
const originOf = (which: number) => ({ ...ORIGINS[which] });
const DEVICES = [binding(UDP, "<urn:uuid:0>", "sip:0@192.0.2.7"), binding(TCP, "<urn:uuid:1>", "sip:1@192.0.2.8")];
const CONTENTS = [tuple("open"), tuple("closed"), tuple("open", "sip:desk@192.0.2.9"), note("a"), note("b"), ""];

type Step =
  | { readonly kind: "publish" | "modify"; readonly content: number; readonly origin: number; readonly expires: number }
  | { readonly kind: "refresh" | "remove"; readonly which: number; readonly origin: number }
  | { readonly kind: "register" | "leave"; readonly device: number }
  | { readonly kind: "set"; readonly content: number }
  | { readonly kind: "say"; readonly open: boolean }
  | { readonly kind: "pass"; readonly ms: number };

const small = fc.nat(5), origin = fc.nat(2);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("publish" as const, "modify" as const),
    content: small,
    origin,
    expires: fc.constantFrom(60, 3600),
  }),
  fc.record({ kind: fc.constantFrom("refresh" as const, "remove" as const), which: small, origin }),
  fc.record({ kind: fc.constantFrom("register" as const, "leave" as const), device: fc.nat(1) }),
  fc.record({ kind: fc.constant("set" as const), content: small }),
  fc.record({ kind: fc.constant("say" as const), open: fc.boolean() }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1000, 61_000) }),
);

/** One publication as it is to be. */
interface Expected {
  readonly key: string;
  etag: string;
  content: string;
  publishedAt: number;
  until: number;
  /** Of which of the two devices it is; null for none. */
  device: number | null;
  origin: number;
}

/** What has to hold, told as simply as can be. */
class Model {
  readonly world = new PresentityWorld({ limits: { memory: 8000 } });
  readonly #registered = new Set<number>();
  #publications: Expected[] = [];
  #number = 0;

  async carryOut(step: Step): Promise<void> {
    const { world } = this;
    const now = world.time.now();
    switch (step.kind) {
      case "publish":
      case "modify": {
        const expected = step.kind === "modify" ? this.#publications.at(-1) : undefined;
        const content = CONTENTS[step.content];
        const { etag = "" } = expected ?? {};
        const { expires } = step;
        const told = await world.publish(pidf(content), { etag, expires, origin: originOf(step.origin) });
        const facts = {
          etag: (told as PublicationSuccess).etag,
          content,
          publishedAt: now,
          until: now + expires * 1000,
          device: this.#deviceAt(step.origin),
          origin: step.origin,
        };
        if (expected !== undefined) Object.assign(expected, facts);
        else this.#publications.push({ key: String(++this.#number), ...facts });
        return;
      }
      case "refresh":
      case "remove": {
        const expected = this.#publications[step.which % Math.max(this.#publications.length, 1)];
        if (expected === undefined) return;
        const expires = step.kind === "remove" ? 0 : 3600;
        expected.etag = await world.published("", { etag: expected.etag, expires, origin: originOf(step.origin) });
        expected.until = now + expires * 1000;
        expected.device = this.#deviceAt(step.origin);
        expected.origin = step.origin;
        break;
      }
      case "register":
        this.#registered.add(step.device);
        // What came from there before is its own.
        for (const one of this.#publications) {
          if (one.device === null && one.origin === step.device) one.device = step.device;
        }
        world.registers(DEVICES[step.device]);
        break;
      case "leave":
        if (this.#registered.delete(step.device)) world.leaves(DEVICES[step.device]);
        break;
      case "set":
        world.sets(CONTENTS[step.content] === "" ? null : pidf(CONTENTS[step.content]));
        break;
      case "say":
        world.says(tuple(step.open ? "open" : "closed", ALICE));
        world.states.touch(ALICE);
        break;
      case "pass":
        world.time.advance(step.ms);
    }
    await settled();
    this.#publications = this.#publications.filter(({ until }) => until > world.time.now());
  }

  get view(): PresenceView {
    const { world } = this;
    const counted = this.#publications.filter(({ device }) => device === null || this.#registered.has(device));
    // Of each device what it said last.
    const said = new Map<number | string, { basic: string; publishedAt: number }>();
    for (const { device, key, content, publishedAt } of counted) {
      const basic = /open|closed/.exec(content)?.[0];
      if (basic === undefined || (said.get(device ?? key)?.publishedAt ?? 0) > publishedAt) continue;
      said.set(device ?? key, { basic, publishedAt });
    }
    const basics = [...said.values()].map(({ basic }) => basic);
    const sources = counted.map(({ key, content, publishedAt }) => ({
      key,
      document: parsePresence(pidf(content), "salt"),
      publishedAt,
    }));
    for (const own of world.own.get(ALICE) ?? []) {
      const isClosed = basics.length > 0 && !basics.includes("open");
      const { content } = own.document.components[0];
      const text = /open|closed/.exec(content)![0] === "open" && !isClosed ? "open" : "closed";
      sources.push({ ...own, document: parsePresence(pidf(tuple(text, ALICE)), "salt") });
    }
    const hard = world.documents.get(ALICE);
    if (hard !== undefined) sources.push({ key: "hard-state", document: parsePresence(hard, "salt"), publishedAt: 0 });
    return compose(ALICE, sources, world.time.now()).view(ALL);
  }

  #deviceAt(origin: number): number | null {
    return origin < 2 && this.#registered.has(origin) ? origin : null;
  }
}

/** What was wrong once. */
const FOUND: readonly Step[][] = [
  [
    { kind: "register", device: 1 },
    { kind: "say", open: true },
    { kind: "publish", content: 0, origin: 0, expires: 60 },
    { kind: "publish", content: 1, origin: 1, expires: 60 },
    { kind: "refresh", which: 0, origin: 1 },
  ],
];

Deno.test("whatever happens, what is composed is what counts now, and others are told of exactly what is another", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 1, maxLength: 25 }), async (steps) => {
      const model = new Model();
      const { world } = model;
      let before = world.states.composition(ALICE).view(ALL);
      for (const step of steps) {
        world.takeTold();
        await model.carryOut(step);
        const told = world.takeTold();
        const after = world.states.composition(ALICE).view(ALL);
        assert.equal(after.saysSameAs(model.view), true, `${JSON.stringify(step)}\n${after.text}\n${model.view.text}`);
        assert.deepEqual(told, after.saysSameAs(before) ? [] : [ALICE], JSON.stringify(step));
        before = after;
      }
    }),
    { numRuns: 100, examples: FOUND.map((steps) => [steps]) },
  );
});
