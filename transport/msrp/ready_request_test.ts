import assert from "node:assert/strict";
import { concatBytes, fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import { requestHead } from "./head_writer.ts";
import { readyFields, readyLength, readyPaths, writeReady } from "./ready_request.ts";
import { FROM, head, TO } from "./testing/frames.ts";
import { RecordingUser, turn, World } from "./testing/world.ts";

const TYPE = "message/cpim";

Deno.test("a head that was made ready is, octet for octet, what is written from its fields", () => {
  for (const size of [0, 1, 2048, 2049, 16_384]) {
    const tid = "d93kswow12ab";
    const paths = readyPaths(TO, FROM), fields = readyFields("12339sdqwer", TYPE, size);
    const into = new Uint8Array(3 + readyLength(tid, paths, fields));
    assert.equal(writeReady(into, 3, tid, paths, fields), into.length);
    const parts = head({ contentType: TYPE, total: size });
    assert.equal(toLatin1(into, 3), requestHead(parts, tid, 1, size > 2048 ? -1 : size, true));
  }
});

for (const transport of ["tcp", "ws"] as const) {
  Deno.test(`a ready message goes between the pieces of a chunk, and its answer comes back (${transport})`, async () => {
    const world = new World();
    const { duplex, connection } = await world.bound("9di4eae923wzd", transport);
    const chunks = new RecordingUser(), ready = new RecordingUser();
    const chunk = connection.begin(head({ messageId: "long", total: 8 }), chunks, "long")!;
    chunk.write(fromLatin1("long"));
    const body = [fromLatin1("re"), fromLatin1(""), fromLatin1("ady")];
    const message = { fields: readyFields("ready", TYPE, 5), body, size: 5 };
    assert.equal(connection.sendReady(message, readyPaths(TO, FROM), ready, "ready"), true);
    chunk.write(fromLatin1("tail"));
    chunk.finish("$");
    await turn();
    const frames = duplex.frames.map((one) => {
      assert.ok(one.kind === "request");
      return `${one.request.messageId} ${one.request.start} ${one.body} ${one.continuation}`;
    });
    assert.deepEqual(frames, ["long 1 long +", "ready 1 ready $", "long 5 tail $"]);
    if (transport === "ws") assert.equal(duplex.writes.length, 3);
    const sent = duplex.frames[1];
    assert.ok(sent.kind === "request");
    assert.equal(sent.request.contentType, TYPE);
    const { tid } = sent.request;
    duplex.say(`MSRP ${tid} 413 too long\r\nTo-Path: ${FROM}\r\nFrom-Path: ${TO}\r\n-------${tid}$\r\n`);
    assert.deepEqual(ready.answers, [[413, "ready"]]);
    assert.equal(duplex.text.includes(toLatin1(concatBytes(body))), true);
    connection.close("done");
    assert.equal(connection.sendReady(message, readyPaths(TO, FROM), ready, "late"), false);
  });
}
