/**
 * Changes documents until it is killed, and says on stdout what was begun and what was acknowledged, one line each:
 * `? document n` about to write version n, `+ document n etag` version n is there under that tag, `x document` about to remove it,
 * `- document` it is gone. Run by documents_crash_test.ts: `document_writer.ts KV KEYFILE`.
 */
import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage } from "../mod.ts";
import { AUID, contacts, keyOf, renamed } from "../testing_documents.ts";

const [kv, keyFile] = Deno.args;
const timers = new TimerQueues(systemClock, (error) => {
  throw error;
});
timers.run();
const { documents } = await openStorage({ kv, keyFile, clock: systemClock, timers, log: silentLog });
const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(line + "\n"));
}

/** Documents of 1 to 4 records, of which the entry 0 says the version. */
const SIZES = [3, 3, 400, 1800, 1800, 3000, 8000];

async function change(document: number): Promise<void> {
  const key = keyOf(`sip:${document}@x`);
  for (;;) {
    const found = await documents.read(AUID, key.owner, key.name);
    if (found !== null && Math.random() < 0.02) {
      say(`x ${document}`);
      const { kind } = await documents.remove(key, found.facts.etag);
      if (kind !== "written") throw new Error(`a conflict on document ${document}`);
      say(`- ${document}`);
      continue;
    }
    const before = found?.text ?? contacts(SIZES[document]);
    const version = Number(/number(\d+)ends/.exec(before)?.[1] ?? 0) + 1;
    const { text, edit } = renamed(before, 0, `number${version}ends`);
    say(`? ${document} ${version}`);
    const outcome = await documents.put(key, text, found?.facts.etag ?? null, Math.random() < 0.8 ? edit : undefined);
    if (outcome.kind !== "written") throw new Error(`a conflict on document ${document}`);
    say(`+ ${document} ${version} ${outcome.facts.etag}`);
  }
}

say("ready");
for (const document of SIZES.keys()) {
  change(document).catch((error) => {
    say(`! ${error}`);
    Deno.exit(1);
  });
}
