/** Many writers of one document at once, and a box that is killed under them. */
import { equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const WRITERS = 64;
const KILLS = Deno.env.get("PARLEY_FULL") === "1" ? 50 : 4;
const EMPTY = `<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
  <list name="friends">
  </list>
</resource-lists>
`;

const open = (parley: ParleyProcess) => new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
const entryOf = (name: string) => `<entry uri="sip:${name}@example.test"/>`;
const targetOf = (client: XcapClient, name: string) =>
  client.own(
    "resource-lists",
    "index",
    `resource-lists/list%5b@name=%22friends%22%5d/entry%5b@uri=%22sip:${name}@example.test%22%5d`,
  );

Deno.test(
  "64 writers with If-Match on one document: no update is lost, and every loser got 412 [rp:XDM-3]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice") });
    const clients = Array.from({ length: WRITERS }, () => open(parley));
    const [first] = clients;
    const index = first.own("resource-lists", "index");
    equal((await first.put(index, EMPTY)).status, 201);
    let lost = 0;
    await Promise.all(clients.map(async (client, n) => {
      for (let round = 0; round < 2; round++) {
        const name = `writer${n}round${round}`;
        for (;;) {
          const { etag } = await client.get(index);
          const answer = await client.put(targetOf(client, name), entryOf(name), { "if-match": `"${etag}"` });
          if (answer.status === 201) break;
          equal(answer.status, 412, answer.body);
          lost++;
        }
      }
    }));
    const { body } = await first.get(index);
    const written = new Set(body.match(/writer\d+round\d+/g));
    equal(written.size, WRITERS * 2);
    ok(lost > 0, "nobody was ever late: the writers did not meet");
    for (const client of clients) client.close();
  },
);

Deno.test(
  "killed under writers: what was acknowledged is there, tags fit, and no document is half of one [rp:XDM-3]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice") });
    let client = open(parley);
    const index = client.own("resource-lists", "index");
    equal((await client.put(index, EMPTY)).status, 201);
    const acknowledged = new Set<string>();
    const tags = new Map<string, string>();
    let sent = 0;
    for (let round = 0; round < KILLS; round++) {
      const writers = Array.from({ length: 8 }, () => open(parley));
      const enough = Promise.withResolvers<void>();
      let done = 0;
      const work = Promise.all(writers.map(async (writer) => {
        try {
          for (;;) {
            const name = `n${sent++}`;
            const answer = await writer.put(targetOf(writer, name), entryOf(name));
            equal(answer.status, 201, answer.body);
            acknowledged.add(name);
            // Every tenth is taken out again, so that the document shrinks, too.
            if (sent % 10 === 0) {
              // Whether it has gone is open until the answer is here.
              acknowledged.delete(name);
              const gone = await writer.delete(targetOf(writer, name));
              equal(gone.status, 200, gone.body);
            }
            if (++done === 20 + round) enough.resolve();
          }
        } catch (error) {
          if (error instanceof Error && error.name === "AssertionError") throw error;
        } finally {
          writer.close();
        }
      }));
      await enough.promise;
      await parley.kill();
      await work;
      client.close();
      await parley.run();
      client = open(parley);
      const { status, body, etag } = await client.get(index);
      equal(status, 200, body);
      match(body, /^<\?xml[^]*<\/resource-lists>\n$/);
      for (const name of acknowledged) ok(body.includes(entryOf(name)), `${name} was acknowledged and is lost`);
      const before = tags.get(etag);
      ok(before === undefined || before === body, "one tag for two versions");
      tags.set(etag, body);
    }
    console.log(`${KILLS} kills: ${acknowledged.size} acknowledged entries all there, ${sent} sent`);
    client.close();
  },
);

Deno.test("a thousand edits of a large contact list: no version is kept that nobody needs", options, async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice"),
    config: '[contacts]\nauthorisation = "never"\n',
  });
  const client = open(parley);
  const index = client.own("resource-lists", "index");
  const contacts = Array.from(
    { length: 2_000 },
    (_, n) => `<entry uri="sip:contact${n}@elsewhere.test"><display-name>Contact number ${n}</display-name></entry>`,
  );
  const list = EMPTY.replace('"friends"', '"oma_buddylist"').replace("  </list>", `${contacts.join("\n")}</list>`);
  equal((await client.put(index, list)).status, 201);
  const name = client.own(
    "resource-lists",
    "index",
    "resource-lists/list%5b@name=%22oma_buddylist%22%5d/entry%5b@uri=%22sip:contact1000@elsewhere.test%22%5d/display-name",
  );
  let warm = 0;
  for (let n = 0; n < 1_000; n++) {
    equal((await client.put(name, `<display-name>Renamed ${n}</display-name>`)).status, 200);
    if (n === 100) warm = parley.rss();
  }
  const grown = Math.round((parley.rss() - warm) / 1_048_576);
  console.log(`900 edits of ${list.length} octets: memory +${grown} MB`);
  // Each version is 0.4 MB in memory: all of them would be 360 MB.
  ok(grown < 200, `memory grew by ${grown} MB`);
  client.close();
});
