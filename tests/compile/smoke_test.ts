/**
 * The self-contained file for each architecture: made, started on nothing, two users imported by the same file, a message from
 * one to the other, a backup, an orderly end. The foreign architecture runs under an emulator.
 */
import { equal, match, ok } from "node:assert/strict";
import { ARCHITECTURES, isNative } from "../../tools/compile/architectures.ts";
import { passwordOf, type ReadyLine } from "../support/parley.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { inFolder, makeFile, oneFileTest, type Starter, starterOf } from "./one_file.ts";

const CONFIG = `notices.first_use = false
[listen]
sip = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]
msrp = ["tcp://127.0.0.1:0"]
web = ["http://127.0.0.1:0"]
`;
const TEXT = "from one file to another";

/** Starts the box, works with it and ends it by SIGTERM; gives the seconds until it was ready. */
async function served(
  starter: Starter,
  flags: readonly string[],
  within_ms: number,
  work: (ready: ReadyLine) => Promise<void>,
): Promise<string> {
  const began = performance.now();
  const box = starter.start(["serve", ...flags]);
  try {
    const [, json] = await box.printed(/^parley ready (\{.*\})$/m, within_ms);
    const seconds = (performance.now() - began) / 1000;
    await work(JSON.parse(json));
    Deno.kill(box.pid, "SIGTERM");
    equal((await box.finished(within_ms)).code, 0, box.output);
    match(box.output, / {2}users {5}parley user add /, "the banner names the file, not npm");
    return `${seconds.toFixed(2)} s`;
  } finally {
    if (!box.ended) await box.stop("SIGKILL");
  }
}

async function exchange(port: number, patience_ms: number): Promise<void> {
  const [alice, bob] = await Promise.all(
    ["alice", "bob"].map((user) => SipClient.open({ user, domain: "localhost", port, transport: "tcp" })),
  );
  for (const client of [alice, bob]) {
    client.patience_ms = patience_ms;
    equal(statusOf(await client.register()), 200);
  }
  equal(statusOf(await alice.message("sip:bob@localhost", TEXT)), 200);
  equal((await bob.messages(1, patience_ms))[0], TEXT);
  await leave([alice, bob]);
}

/** The users' page is in the file: its service worker names all that it is made of. */
async function carriesThePage(origin: string): Promise<void> {
  const worker = await (await fetch(`${origin}/portal/sw.js`)).text();
  const urls = [...new Set(worker.match(/\/portal\/assets\/[\w.-]+\.\w+/g))];
  ok(urls.some((url) => url.endsWith(".js")), worker.slice(0, 500));
  for (const url of urls) {
    const { status, body } = await fetch(origin + url);
    await body?.cancel();
    equal(status, 200, url);
  }
}

for (const architecture of ARCHITECTURES) {
  const { name } = architecture;
  await oneFileTest(
    `one file for ${name}: it starts on nothing, carries a message and ends in order`,
    architecture,
    () =>
      inFolder(async (folder) => {
        const within_ms = isNative(architecture) ? 30_000 : 240_000;
        const file = await makeFile(architecture, `${folder}/dist`);
        await Deno.writeTextFile(`${folder}/parley.toml`, CONFIG);
        const starter = starterOf(architecture, file, folder, within_ms);
        const flags = ["--config", "parley.toml", "--data", "data"];

        const first = await served(starter, flags, within_ms, async ({ sip, web }) => {
          await carriesThePage(web[0]);
          const list = ["alice", "bob"].map((user) => `sip:${user}@localhost,${passwordOf(user)}\n`);
          await Deno.writeTextFile(`${folder}/users.csv`, `uri,password\n${list.join("")}`);
          const added = await starter.run(["user", "import", "users.csv", ...flags]);
          equal(added.code, 0, added.output);
          const port = Number(new URL(sip.find((door) => door.startsWith("tcp:"))!).port);
          await exchange(port, within_ms);
          const { code, output } = await starter.run(["backup", "saved", ...flags]);
          equal(code, 0, output);
          ok((await Deno.stat(`${folder}/saved`)).size > 0, "the worker is found beside the bundle");
        });
        const times = [`first start to ready ${first}`];
        if (isNative(architecture)) {
          times.push(`later ${await served(starter, flags, within_ms, () => Promise.resolve())}`);
        } else {
          // Emulated a start takes longest of all; the commands above were later ones, from what was unpacked.
          times.push("emulated");
        }

        const { size } = await Deno.stat(file);
        console.log(`one file ${name}: ${(size / 1e6).toFixed(1)} MB (zstd 1; compile's own choice is smaller)`);
        console.log(`one file ${name}: ${times.join(", ")}`);
        console.log(`one file ${name}: 2 users imported, message alice -> bob 200, backup, SIGTERM -> exit 0`);
      }),
  );
}
