/**
 * kamailio's MSRP relay (RFC 4976), written by others, between ends of ours: on one side, on both, and in chains with Parley's
 * own relay. Messages both ways in order, each reported; a long one in chunks; a path that is not theirs to use.
 */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { interopTest } from "../support/process.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { KamailioRelay } from "./kamailio_relay.ts";
import { MsrpEnd, type SessionEnd } from "./msrp_end.ts";

const EACH_WAY = 300;
const LONG = 200_000;

interface Relays {
  readonly kamailio: KamailioRelay;
  /** Parley's relay, by its own URI. */
  readonly ours: string;
}

async function withRelays(parley: boolean, body: (relays: Relays) => Promise<void>): Promise<void> {
  await using kamailio = await KamailioRelay.start();
  if (!parley) return await body({ kamailio, ours: "" });
  await using box = await ParleyProcess.start({ users: users("alice", "bob"), config: "[relay]\nplain = true\n" });
  await body({ kamailio, ours: `msrp://127.0.0.1:${box.msrpPort};tcp` });
}

/** The ports of the hops of a path, by name. */
function hops(path: string, { kamailio, ours }: Relays): string {
  const names = new Map([[kamailio.port, "kamailio"], [Number(/:(\d+);/.exec(ours)?.[1] ?? -1), "parley"]]);
  return path.split(" ").map((uri) => names.get(Number(/:(\d+)\//.exec(uri)![1])) ?? "end").join(" ");
}

/** Text both ways at the same time, then a long message both ways. Everything is there, in order, once, and reported. */
async function talk(alice: SessionEnd, bob: SessionEnd): Promise<void> {
  const lines = (name: string) => Array.from({ length: EACH_WAY }, (_, i) => `${name} ${i} 🌍`);
  const reports = await Promise.all(
    Array.from({ length: EACH_WAY }, (_, i) => [alice.say(`alice ${i} 🌍`), bob.say(`bob ${i} 🌍`)]).flat(),
  );
  deepEqual([...new Set(reports)], ["delivered"]);
  deepEqual(bob.texts(), lines("alice"));
  deepEqual(alice.texts(), lines("bob"));
  const body = new Uint8Array(LONG).map((_, i) => (i * 7) % 256);
  const long = { contentType: "application/octet-stream", body };
  deepEqual(await Promise.all([alice.send(long), bob.send(long)]), ["delivered", "delivered"]);
  // kamailio keeps a bad answer of the next hop to itself, but passes on what is reported.
  deepEqual(
    await Promise.all([alice, bob].map((end) => end.say("refuse 403 not today"))),
    Array(2).fill("403 not today"),
  );
  for (const end of [alice, bob]) {
    equal(end.came.length, EACH_WAY + 1);
    deepEqual(end.came[EACH_WAY].body, body);
  }
}

/**
 * One of the paths. `alice`, `bob`: the relays in front of each, the nearest first; `seen`: From-Path of what alice sent as bob
 * gets it, and of what bob sent as alice gets it.
 */
function pathTest(
  name: string,
  parley: boolean,
  paths: (relays: Relays) => { readonly alice: readonly string[]; readonly bob: readonly string[] },
  seen: { readonly byBob: string; readonly byAlice: string },
): void {
  interopTest(
    `MSRP by way of kamailio's relay: ${name} [IOP-3]`,
    ["kamailio"],
    () =>
      withRelays(parley, async (relays) => {
        await using aliceEnd = await MsrpEnd.open("alice");
        await using bobEnd = await MsrpEnd.open("bob");
        const { alice: aliceRelays, bob: bobRelays } = paths(relays);
        if (aliceRelays.length > 0) await aliceEnd.behind(aliceRelays);
        if (bobRelays.length > 0) await bobEnd.behind(bobRelays);
        // Each of them connects once: who is passive behind a relay still has to be found by it.
        for (const active of ["alice", "bob"]) {
          const alice = aliceEnd.session();
          const bob = bobEnd.session();
          alice.start(active === "alice" ? "active" : "passive", { path: bob.path });
          bob.start(active === "bob" ? "active" : "passive", { path: alice.path });
          await Promise.all([alice.opened, bob.opened]);
          await talk(alice, bob);
          equal(hops(bob.came[0].fromPath, relays), seen.byBob);
          equal(hops(alice.came[0].fromPath, relays), seen.byAlice);
          alice.close();
          bob.close();
        }
      }),
  );
}

pathTest("one end behind it", false, ({ kamailio }) => ({ alice: [kamailio.uri], bob: [] }), {
  byBob: "kamailio end",
  byAlice: "kamailio end",
});
pathTest("both ends behind it", false, ({ kamailio }) => ({ alice: [kamailio.uri], bob: [kamailio.uri] }), {
  byBob: "kamailio kamailio end",
  byAlice: "kamailio kamailio end",
});
pathTest(
  "one end behind Parley's relay, and that behind kamailio's",
  true,
  ({ kamailio, ours }) => ({ alice: [ours, kamailio.uri], bob: [] }),
  { byBob: "kamailio parley end", byAlice: "parley kamailio end" },
);
pathTest(
  "one end behind kamailio's relay, and that behind Parley's",
  true,
  ({ kamailio, ours }) => ({ alice: [kamailio.uri, ours], bob: [] }),
  { byBob: "parley kamailio end", byAlice: "kamailio parley end" },
);
pathTest(
  "one end behind Parley's relay, the other behind kamailio's",
  true,
  ({ kamailio, ours }) => ({ alice: [ours], bob: [kamailio.uri] }),
  { byBob: "kamailio parley end", byAlice: "parley kamailio end" },
);

interopTest(
  "kamailio's relay refuses a wrong password, another life of the path is asked for, an unknown session is told",
  [
    "kamailio",
  ],
  () =>
    withRelays(false, async ({ kamailio }) => {
      await using alice = await MsrpEnd.open("alice");
      await rejects(alice.behind([kamailio.uri], "guess"), /^Error: 401 Unauthorized$/);
      // A minute is the least that it grants (423, Min-Expires).
      await using bob = await MsrpEnd.open("bob");
      const [path] = await bob.behind([kamailio.uri], passwordOf("bob"), 5);
      match(path, new RegExp(`^msrp://127\\.0\\.0\\.1:${kamailio.port}/s\\.`));
      const [here, there] = [bob.session(), alice.session()];
      there.start("active", { path: [path.replace("/s.", "/x."), here.uri] });
      here.start("passive", { path: there.path });
      await rejects(there.opened, /Session-does-not-exist/);
      ok(here.closed === null, "nothing came of it");
    }),
);

interopTest(
  "a relay that is one of a chain refuses the password: told through the one before it",
  ["kamailio"],
  () =>
    withRelays(true, async ({ kamailio, ours }) => {
      await using alice = await MsrpEnd.open("alice");
      // Carol is no user of Parley; kamailio takes anybody with the right password.
      await using carol = await MsrpEnd.open("carol");
      await rejects(carol.behind([kamailio.uri, ours]), /^Error: 401 /);
      await rejects(alice.behind([ours, kamailio.uri], "guess"), /^Error: 401 /);
      equal((await alice.behind([ours, kamailio.uri])).length, 2);
    }),
);
