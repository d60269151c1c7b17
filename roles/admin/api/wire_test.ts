import assert from "node:assert/strict";
import { connect } from "node:net";
import { apiOver, HERE } from "../testing/api_client.ts";
import { withEverybody } from "../testing/fake_services.ts";

/** The API on a real socket. */
async function served() {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logIn("owner");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => api.fetch(request, HERE),
  );
  const { port } = server.addr;
  return { world, token, port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Writes a request head and gives all that comes back until the far end closes, or `enough` is there. */
function raw(port: number, head: string, enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(head));
    socket.setTimeout(10_000, () => reject(new Error(`nothing came for 10 s, after: ${text}`)));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (enough(text)) socket.destroy();
    });
    socket.on("close", () => resolve(text));
  });
}

Deno.test("an upload too large is answered while not one octet of it was sent", async () => {
  await using box = await served();
  const head = `POST /api/v1/users/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${box.token}\r\n` +
    "Content-Type: text/csv\r\nContent-Length: 99999999\r\n\r\n";
  const answer = await raw(box.port, head, (text) => text.includes("too-large"));
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

Deno.test("a reader that hangs up ends its stream", async () => {
  await using box = await served();
  const head = `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${box.token}\r\n\r\n`;
  const answer = await raw(box.port, head, (text) => text.includes("event: live"));
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /cache-control: no-store/i);
  for (let i = 0; i < 2000 && box.world.health.listeners.size > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(box.world.health.listeners.size, 0);
});
