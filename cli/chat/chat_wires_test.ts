import assert from "node:assert/strict";
import { silentLog, systemClock } from "../../foundation/mod.ts";
import { parseArguments } from "../arguments.ts";
import { chat } from "./chat_command.ts";
import { chatOptions } from "./chat_options.ts";
import { wireClient } from "./chat_wires.ts";

/** A service for SIP over WebSocket that hands on each connection with what comes by it. */
class SocketService {
  readonly #waiting: ((socket: ServiceSocket) => void)[] = [];
  readonly #ready: ServiceSocket[] = [];
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "sip" });
    const taken = new ServiceSocket(socket);
    socket.onopen = () => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#ready.push(taken);
      else waiting(taken);
    };
    return response;
  });

  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/ws`;
  }

  connection(): Promise<ServiceSocket> {
    const ready = this.#ready.shift();
    return ready === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(ready);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

class ServiceSocket {
  readonly socket: WebSocket;
  /** First lines of what came. */
  readonly lines: string[] = [];
  #heard: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      const text = typeof data === "string" ? data : new TextDecoder().decode(data);
      this.lines.push(text.slice(0, text.indexOf("\r\n")));
      this.#heard();
    };
  }

  /** Resolves with the line that begins so, once it is there. */
  async line(start: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(start));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  /** A question that the client answers after all that it had to say before. */
  async answers(): Promise<string> {
    this.socket.send(
      "OPTIONS sip:alice@a.invalid SIP/2.0\r\nVia: SIP/2.0/WS x.test;branch=z9hG4bKq\r\nMax-Forwards: 70\r\n" +
        "From: <sip:x.test>;tag=q\r\nTo: <sip:alice@example.test>\r\nCall-ID: q\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
    );
    return await this.line("SIP/2.0");
  }
}

function wired(url: string, ...args: string[]) {
  const words = ["sip:bob@example.test", "--as", "sip:alice@example.test", "--server", url, ...args];
  const options = chatOptions(parseArguments(words, chat.flags), "/tmp");
  const notices: string[] = [];
  const user = { notice: (text: string) => void notices.push(text) };
  return { notices, client: wireClient(options, "pw", "", { clock: systemClock, log: silentLog, user }) };
}

Deno.test("a WebSocket that breaks is followed by another one, and by a registration where there was to be one", async () => {
  await using service = new SocketService();
  const { notices, client } = wired(service.url);
  const alice = await client;
  const first = await service.connection();
  alice.client.start();
  await first.line("REGISTER");
  first.socket.close();
  const second = await service.connection();
  await second.line("REGISTER");
  assert.deepEqual(notices, ["the connection to the service is gone; another one is being made"]);
  await alice.close();
});

Deno.test("with --no-register nothing is registered, by the next WebSocket neither", async () => {
  await using service = new SocketService();
  const { client } = wired(service.url, "--no-register");
  const alice = await client;
  (await service.connection()).socket.close();
  const second = await service.connection();
  assert.equal(await second.answers(), "SIP/2.0 200 OK");
  assert.deepEqual(second.lines, ["SIP/2.0 200 OK"]);
  await alice.close();
});
