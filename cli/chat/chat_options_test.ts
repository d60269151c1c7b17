import assert from "node:assert/strict";
import { parseArguments, UsageError } from "../arguments.ts";
import { run } from "../testing.ts";
import { chat } from "./chat_command.ts";
import { type ChatOptions, chatOptions, serverAddress } from "./chat_options.ts";

function options(...args: string[]): ChatOptions {
  return chatOptions(parseArguments(args, chat.flags), "/home/admin");
}

function refused(pattern: RegExp, ...args: string[]): void {
  assert.throws(() => options(...args), (error) => error instanceof UsageError && pattern.test(error.message));
}

Deno.test("a whole command line, and what is left out", () => {
  const given = options(
    "bob@example.test",
    "--as",
    "sip:alice@example.test",
    "--server",
    "wss://im.example.test/chat",
    "--mode=large",
    "--files",
    "in",
    "--name",
    "Alice",
  );
  assert.equal(given.to, "sip:bob@example.test");
  assert.equal(given.username, "alice");
  assert.deepEqual(given.server, { transport: "wss", host: "im.example.test", port: 443, path: "/chat" });
  assert.equal(given.msrp, "wss");
  assert.equal(given.mode, "large");
  assert.equal(given.files, "/home/admin/in");
  const least = options("sip:bob@example.test", "--as", "alice@example.test");
  assert.deepEqual([least.server, least.mode, least.msrp, least.files], [null, "session", "tls", ""]);
  assert.ok(least.register);
});

Deno.test("sessions travel as the door does, or as the server is reached", () => {
  const as = ["--listen", "--as", "sip:a@x.test"];
  assert.equal(options(...as, "--server", "tcp://127.0.0.1:5060").msrp, "tcp");
  assert.equal(options(...as, "--server", "udp://127.0.0.1:5060").msrp, "tcp");
  assert.equal(options(...as, "--server", "tcp://127.0.0.1:5060", "--door", "tls://127.0.0.1:0").msrp, "tls");
  assert.equal(options(...as, "--server", "tls://127.0.0.1:5061", "--msrp", "ws").msrp, "ws");
});

Deno.test("what cannot be understood is told with what is allowed", () => {
  const as = ["--as", "sip:alice@example.test"];
  refused(/whom to write to is missing/, ...as);
  refused(/--as is missing/, "sip:bob@example.test");
  refused(/"tel:\+1555" is no|the other side is "tel:\+1555"; allowed: a SIP URI/, "tel:+1555", ...as);
  refused(/"sip:carol@x" is one word too many/, "sip:bob@x", "sip:carol@x", ...as);
  refused(/--mode is "loud"; allowed: session, pager, large/, "sip:bob@x", ...as, "--mode", "loud");
  refused(/--server is "http:\/\/x"; allowed: tcp:/, "sip:bob@x", ...as, "--server", "http://x");
  refused(/--relay is "x"; allowed: msrps:/, "sip:bob@x", ...as, "--relay", "x");
  refused(/--door is "x"; allowed: tcp:/, "sip:bob@x", ...as, "--door", "x");
  refused(/--echo goes with --listen/, "sip:bob@x", ...as, "--echo");
});

Deno.test("addresses of servers", () => {
  assert.deepEqual(serverAddress("tcp://[::1]:5070"), { transport: "tcp", host: "::1", port: 5070, path: "" });
  assert.deepEqual(serverAddress("tls://im.test"), { transport: "tls", host: "im.test", port: 5061, path: "" });
  assert.deepEqual(serverAddress("ws://im.test:8080"), { transport: "ws", host: "im.test", port: 8080, path: "/ws" });
  for (const bad of ["tcp://x:0", "tcp://x:99999", "tcp://x/path", "tcp://", "tcp://[zz]:1", "sip:x", "tcp://a b"]) {
    assert.throws(() => serverAddress(bad), UsageError, bad);
  }
});

Deno.test("--help tells every flag; without a password and a terminal it says what to do", async () => {
  const help = await run(["chat", "--help"]);
  assert.equal(help.code, 0);
  for (const flag of Object.keys(chat.flags)) assert.ok(help.out[0].includes(`--${flag}`), flag);
  const bare = await run(["chat", "--listen", "--as", "sip:a@x.test", "--json"]);
  assert.equal(bare.code, 2);
  assert.match(bare.err[0], /use --password-file FILE or PARLEY_PASSWORD/);
});
