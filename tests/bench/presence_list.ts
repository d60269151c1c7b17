/** A contact list of 200 in one subscription (RFC 4662): octets and CPU of its full state, then of what changes in it. */
import { ParleyProcess, passwordOf } from "../support/parley.ts";
import { XcapClient } from "../support/xcap_client.ts";
import { PresenceLoad, type Watched } from "./presence_load.ts";
import { calm, cpuUs, rest, startBox, until } from "./presence_servers.ts";
import { addressOf, LIST_LINES, rlsServices } from "./presence_texts.ts";

const CONTACTS = 200;
const ROUNDS = 5;
const WAIT_MS = 60_000;

/** The states that a list subscription has been told, by contact: `c12` → 3. */
type Seen = Map<string, number>;

/** What one piece of work was for each list. */
interface Cost {
  readonly us: number;
  readonly notifies: number;
  readonly octets: number;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function print(what: string, all: readonly Cost[]): void {
  const of = (key: keyof Cost): string => median(all.map((cost) => cost[key])).toFixed(key === "notifies" ? 1 : 0);
  console.log(`list of ${CONTACTS} | ${what} | ${of("us")} µs | ${of("octets")} octets in ${of("notifies")} NOTIFYs`);
}

async function putList(box: ParleyProcess, owner: string, uri: string, contacts: readonly string[]): Promise<void> {
  const xcap = new XcapClient({ user: owner, domain: box.domain, port: box.webPort });
  const answer = await xcap.put(xcap.own("rls-services", "index"), rlsServices(uri, contacts));
  xcap.close();
  if (answer.status !== 201) throw new Error(`list of ${owner}: ${answer.status} ${answer.body}`);
}

/** Prints the figures of so many lists, each with the same contacts, over TCP: what 200 contacts are is too large for UDP. */
export async function measureList(lists: number, interval_s: number): Promise<void> {
  const contacts = Array.from({ length: CONTACTS }, (_, i) => `c${i}`);
  const owners = Array.from({ length: lists }, (_, i) => `owner${i}`);
  await using box = await startBox(
    [...contacts, ...owners].map((name) => ({ name, password: passwordOf(name) })),
    `notify_interval = ${interval_s}\n`,
  );
  const server = { pids: () => [box.pid] };
  const uris = owners.map((owner) => addressOf(`list-of-${owner}`));
  for (const [n, owner] of owners.entries()) await putList(box, owner, uris[n], contacts);

  const load = await PresenceLoad.open(box.port, "tcp");
  const seen = new Map<Watched, Seen>();
  load.onNotify = (watched, text) => {
    let states = seen.get(watched);
    if (states === undefined) seen.set(watched, states = new Map());
    for (const [, name, state] of text.matchAll(/entity="sip:(c\d+)@[^"]*"[^]*?state-(\d+)/g)) {
      states.set(name, Number(state));
    }
  };
  const states = new Map(contacts.map((name) => [name, 1]));
  const current = (watched: Watched): boolean => {
    const told = seen.get(watched);
    return told !== undefined && contacts.every((name) => told.get(name) === states.get(name));
  };
  const measured = async (work: () => Promise<readonly Watched[]>): Promise<Cost> => {
    const before = { us: cpuUs(server), notifies: load.notifies, octets: load.octets };
    const watched = await work();
    await until("all contacts' last states", () => watched.every(current), WAIT_MS);
    await calm(load);
    return {
      us: (cpuUs(server) - before.us) / lists,
      notifies: (load.notifies - before.notifies) / lists,
      octets: (load.octets - before.octets) / lists,
    };
  };
  /** So many contacts change at once. */
  const change = async (count: number): Promise<void> => {
    await load.many(count, 40, (n, done) => {
      const name = contacts[n];
      states.set(name, states.get(name)! + 1);
      load.publish(name, states.get(name)!, done);
    });
  };
  try {
    await load.many(CONTACTS, 40, (n, done) => load.publish(contacts[n], 1, done));
    const open: Watched[] = [];
    const full: Cost[] = [];
    // The first one warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      const cost = await measured(async () => {
        const more = await load.subscribe(
          owners.map((watcher, n) => ({ watcher, target: uris[n], lines: LIST_LINES })),
        );
        if (round === ROUNDS) open.push(...more);
        return more;
      });
      if (round > 0) full.push(cost);
      // Only the last ones are told of changes.
      if (round < ROUNDS) await load.end(load.watched.slice(-lists));
    }
    print("SUBSCRIBE and full state", full);
    for (const count of [1, 20, CONTACTS]) {
      const costs: Cost[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        await rest(interval_s * 1000 + 500);
        const cost = await measured(async () => {
          await change(count);
          return open;
        });
        if (round > 0) costs.push(cost);
      }
      print(`${count} contact${count === 1 ? "" : "s"} changed (${lists} lists share the PUBLISH)`, costs);
    }
    if (load.refused.size > 0) console.log(`WRONG: ${[...load.refused].map(([what, times]) => `${times} ${what}`)}`);
  } finally {
    await load.close();
  }
}
