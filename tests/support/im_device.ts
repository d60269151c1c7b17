/** Our own IM client over real sockets, as the command line puts it together, taking notes: for tests of sessions. */
import { silentLog, systemClock } from "../../foundation/mod.ts";
import type { ImClient, SystemMessage } from "../../client/mod.ts";
import { ChoosingNotes, Notes } from "../../client/testing/notes.ts";
import { chat } from "../../cli/chat/chat_command.ts";
import { chatOptions } from "../../cli/chat/chat_options.ts";
import { parseArguments } from "../../cli/arguments.ts";
import { wireClient, type WiredClient } from "../../cli/chat/chat_wires.ts";
import { type ParleyProcess, passwordOf } from "./parley.ts";

/** Notes of a client on real wires, and whoever waits for what they say. */
class WireNotes extends Notes {
  notice(text: string): void {
    this.events.push(text);
  }
}

/** The same for one who is shown the choices of system messages. */
class ChoosingWireNotes extends ChoosingNotes {
  notice(text: string): void {
    this.events.push(text);
  }
}

export type Transport = "tcp" | "tls" | "ws";

/** One device. */
export class ImDevice {
  readonly uri: string;
  readonly notes: WireNotes | ChoosingWireNotes;
  readonly #wired: WiredClient;
  #gone = false;

  private constructor(uri: string, notes: ImDevice["notes"], wired: WiredClient) {
    this.uri = uri;
    this.notes = notes;
    this.#wired = wired;
  }

  /**
   * Signs in at a box. `more`: further words of the command line (`--door tcp://127.0.0.1:0`). `choices`: system messages are
   * `questions`; else they come in words.
   */
  static async open(
    parley: ParleyProcess,
    name: string,
    options: { transport?: Transport; more?: readonly string[]; register?: boolean; choices?: boolean } = {},
  ): Promise<ImDevice> {
    const { transport = "tcp", more = [], register = true, choices = false } = options;
    const uri = `sip:${name}@${parley.domain}`;
    const words = ["--listen", "--as", uri, "--name", name, "--server", serverUrl(parley, transport), "--insecure"];
    const args = parseArguments([...words, ...more], chat.flags);
    const notes = choices ? new ChoosingWireNotes() : new WireNotes();
    const parts = { clock: systemClock, log: silentLog, user: notes };
    const wired = await wireClient(chatOptions(args, "/"), passwordOf(name), "", parts);
    const device = new ImDevice(uri, notes, wired);
    await wired.ready();
    if (register) {
      wired.client.start();
      await device.until(() => notes.events.includes("registered"), "the registration");
    }
    return device;
  }

  get client(): ImClient {
    return this.#wired.client;
  }

  /** Waits until it is so; looked at every 5 ms, since what is asked about (transfers, sessions) does not all tell of itself. */
  async until(holds: () => boolean, what: string, within_ms = 20_000): Promise<void> {
    const deadline = performance.now() + within_ms;
    while (!holds()) {
      if (performance.now() > deadline) {
        throw new Error(`${this.uri}: not within ${within_ms} ms: ${what}; events: ${this.notes.events.join(" | ")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** System messages with their choices, where it is shown any. */
  get questions(): readonly SystemMessage[] {
    return this.notes instanceof ChoosingNotes ? this.notes.questions : [];
  }

  /** Texts that came, in order. */
  get texts(): string[] {
    return this.notes.messages.map(({ text }) => text);
  }

  /** Signs off; nothing where it is gone. */
  async close(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    await new Promise<void>((resolve) => this.client.stop(3000, resolve));
    await this.#wired.close();
  }

  /** Goes without a word, as a device whose battery is empty. */
  async vanish(): Promise<void> {
    this.#gone = true;
    await this.#wired.close();
  }
}

function serverUrl(parley: ParleyProcess, transport: Transport): string {
  switch (transport) {
    case "tcp":
      return `tcp://127.0.0.1:${parley.port}`;
    case "tls":
      return `tls://127.0.0.1:${parley.tlsPort}`;
    case "ws":
      return `ws://127.0.0.1:${parley.webPort}/ws`;
  }
}
