/**
 * `deno task bench:xcap`: CPU time of the box for XCAP requests on documents of several sizes, beside the web door's own cost (a
 * request that nobody looks at). Digest with every request.
 *
 *   deno run -A tests/bench/xcap_bench.ts [--rounds 5] [--ops 400] [--entries 250,500,1000,2000,4000]
 */
import { cpuOf, ParleyProcess, users } from "../support/parley.ts";
import { XcapClient } from "../support/xcap_client.ts";
import { measureWatchers } from "./xcap_watchers.ts";
import { measureRules } from "./rules_bench.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const ROUNDS = Number(option("rounds", "5"));
const OPS = Number(option("ops", "400"));
const ENTRIES = option("entries", "250,500,1000,2000,4000").split(",").map(Number);
/** Users side by side, each with a document of that size: their writes share commits, as those of one document cannot. */
const WRITERS = 8;
const MEMBERS = ["m1", "m2", "m3", "m4", "m5"];

const parley = await ParleyProcess.start({
  users: users(
    "owner",
    ...MEMBERS,
    ...ENTRIES.flatMap((n) => Array.from({ length: WRITERS }, (_, i) => `u${n}x${i}`)),
  ),
  config: "[xdm]\nmax_document = 1048576\n",
});
const { pid, webPort: port, domain } = parley;
const samples = new Map<string, number[]>();

/** CPU of the box for each of `OPS` calls of `work`, `writers` users side by side, each on a connection of its own. */
async function measure(
  name: string,
  size: number,
  writers: number,
  keep: boolean,
  work: (client: XcapClient, n: number) => Promise<unknown>,
): Promise<void> {
  const clients = Array.from({ length: writers }, (_, i) => new XcapClient({ user: `u${size}x${i}`, domain, port }));
  for (const client of clients) await client.get("/xcap/xcap-caps/global/index");
  let n = 0;
  const before = cpuOf(pid);
  await Promise.all(clients.map(async (client) => {
    while (n < OPS) await work(client, n++);
  }));
  const cpu = (cpuOf(pid) - before) / OPS;
  for (const client of clients) client.close();
  if (keep) samples.set(name, [...samples.get(name) ?? [], cpu]);
}

function expectStatus(wanted: number, answer: { readonly status: number; readonly body: string }): void {
  if (answer.status !== wanted) throw new Error(`${answer.status} for ${wanted}: ${answer.body.slice(0, 200)}`);
}

const entry = (n: number, name: string): string =>
  `<entry uri="sip:contact${n}@example.test">\n      <display-name>${name}</display-name>\n    </entry>`;
const selector = (n: number): string =>
  `resource-lists/list%5b@name=%22all%22%5d/entry%5b@uri=%22sip:contact${n}@example.test%22%5d`;

for (const size of ENTRIES) {
  const entries = Array.from({ length: size }, (_, n) => `    ${entry(n, `Contact number ${n}`)}\n`).join("");
  const list =
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">\n  <list name="all">\n${entries}  </list>\n</resource-lists>\n`;
  for (let i = 0; i < WRITERS; i++) {
    const client = new XcapClient({ user: `u${size}x${i}`, domain, port });
    expectStatus(201, await client.put(client.own("resource-lists", "index"), list));
    client.close();
  }
  console.error(`${size} entries: ${list.length} octets`);
}

for (let round = 0; round <= ROUNDS; round++) {
  const keep = round > 0;
  await measure("a request nobody looks at (404, no digest)", ENTRIES[0], WRITERS, keep, async (client) => {
    expectStatus(404, await client.exchange("GET", "/nothing"));
  });
  for (const size of ENTRIES) {
    const middle = size >> 1;
    const replace = async (client: XcapClient, n: number): Promise<void> => {
      const target = client.own("resource-lists", "index", selector(middle));
      expectStatus(200, await client.put(target, entry(middle, `Renamed ${round} ${n}`)));
    };
    await measure(`${size}: GET of one element by predicate`, size, WRITERS, keep, async (client) => {
      expectStatus(200, await client.get(client.own("resource-lists", "index", selector(middle))));
    });
    await measure(`${size}: PUT of one element (replaced), ${WRITERS} users`, size, WRITERS, keep, replace);
    await measure(`${size}: PUT of one element (replaced), one user alone`, size, 1, keep, replace);
    await measure(
      `${size}: PUT of a new element, DELETE of it (two requests)`,
      size,
      WRITERS,
      keep,
      async (client, n) => {
        const target = client.own("resource-lists", "index", selector(1_000_000 + n));
        expectStatus(201, await client.put(target, entry(1_000_000 + n, "New")));
        expectStatus(200, await client.delete(target));
      },
    );
    await measure(`${size}: GET of the whole document`, size, WRITERS, keep, async (client) => {
      expectStatus(200, await client.get(client.own("resource-lists", "index")));
    });
    console.error(`round ${round}, ${size} entries done`);
  }
}
console.log(`\n| work (${ROUNDS} rounds of ${OPS}, median) | CPU µs |\n| --- | --- |`);
for (const [name, list] of samples) {
  console.log(`| ${name} | ${list.sort((a, b) => a - b)[list.length >> 1].toFixed(0)} |`);
}
const { alone, told } = await measureWatchers(parley, "owner", MEMBERS, ROUNDS);
console.log(`| a change of a group that nobody watches | ${alone.toFixed(0)} |`);
console.log(`| a change of it with 100 subscribers, until all have their NOTIFY | ${told.toFixed(0)} |`);
for (const [name, us] of await measureRules()) console.log(`| ${name} | ${us.toFixed(2)} |`);
console.log(`\nresident: ${(parley.rss() / 1_048_576).toFixed(1)} MB`);
await parley[Symbol.asyncDispose]();
