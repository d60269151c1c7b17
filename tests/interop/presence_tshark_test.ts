/** tshark dissects presence as Parley puts it on the wire: documents, differences, lists of them, and who watches. */
import { equal, ok } from "node:assert/strict";
import { interopTest } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { resourceListText } from "../support/presence_documents.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { statusOf } from "../support/sip_client.ts";
import { SipCapture } from "./sip_capture.ts";

for (const transport of ["udp", "tcp"] as const) {
  interopTest(`tshark finds nothing wrong in presence over ${transport}`, ["tshark"], async () => {
    const config = "[presence]\nnotify_interval = 0\n";
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol"), config });
    const capture = await SipCapture.start(parley, transport);
    const [alice, bob, carol] = await Promise.all(
      ["alice", "bob", "carol"].map((name) => PresencePerson.open(parley, name, transport)),
    );
    for (const owner of [bob, carol]) {
      await owner.rules({ id: "alice", watchers: [alice.aor], handling: "allow" });
    }
    await bob.says("open", "meeting", "Zimmer 4 &amp; 5 &lt;grüß>");
    const watch = await alice.watches(bob, true);
    const watchers = bob.presence.watchers();
    equal(statusOf(await watchers.subscribe()), 200);
    await watchers.until(() => watchers.watchers[alice.aor] === "active subscribe", "alice watches bob");
    const list = alice.presence.list(alice.aor);
    equal(statusOf(await list.subscribeTo(resourceListText("both", [bob.aor, carol.aor]))), 200);
    await list.until(() => list.copy.summary[carol.aor] === "active: open", "the list");
    await bob.says("closed", "away");
    await watch.until(() => inShort(watch).startsWith("closed"), "the change");
    ok(watch.outcomes.includes("changed"), "told by a difference");
    await list.until(() => (list.copy.summary[bob.aor] ?? "").includes("closed"), "the change in the list");
    equal(statusOf(await watch.subscribe({ expires: 0 })), 200);
    await watch.is("terminated");
    for (const person of [alice, bob, carol]) await person.close();

    const packets = await capture.end();
    const seen = new Set(packets.flatMap((packet) => packet.seen));
    for (const wanted of ["PUBLISH", "SUBSCRIBE", "NOTIFY", "200"]) {
      ok(seen.has(wanted), `no ${wanted} in the capture: ${[...seen]}`);
    }
    const types = packets.map((packet) => packet.types).join(" ");
    for (const subtype of ["pidf", "pidf-diff", "watcherinfo", "rlmi", "resource-lists"]) {
      ok(types.includes(`application/${subtype}+xml`), `no ${subtype} in ${types}`);
    }
    ok(packets.some(({ layers }) => /:mime_multipart:xml/.test(layers)), "no multipart that holds XML");
  });
}
