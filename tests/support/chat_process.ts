import type { ChatCommand } from "../../cli/chat/chat_commands.ts";
import type { ChatEvent } from "../../cli/chat/events.ts";
import { readLines } from "../../cli/chat/input_lines.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** One kind of event. */
export type EventOf<K extends ChatEvent["event"]> = Extract<ChatEvent, { event: K }>;

/** `parley chat --json` as a process of its own, with the permissions of the launcher: commands in, events out. */
export class ChatProcess {
  readonly name: string;
  /** Everything it told, in order. */
  readonly events: ChatEvent[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiters = new Set<() => void>();
  #errors = "";
  readonly #readers: Promise<void>[];
  #code: number | null = null;

  private constructor(name: string, args: readonly string[], password: string) {
    this.name = name;
    this.#process = new Deno.Command("node", {
      args: ["tools/run.mjs", "chat", ...args, "--json"],
      cwd: ROOT,
      env: { PARLEY_PASSWORD: password },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#readers = [
      readLines(this.#process.stdout, (line) => {
        this.events.push(JSON.parse(line));
        this.#wake();
      }),
      readLines(this.#process.stderr, (line) => {
        this.#errors += `${line}\n`;
        this.#wake();
      }),
    ];
    void this.#process.status.then(async ({ code }) => {
      await Promise.allSettled(this.#readers);
      this.#code = code;
      this.#wake();
    });
  }

  /** Starts it; `args` as on the command line behind `chat`. It is not registered yet: see `event`. */
  static start(name: string, args: readonly string[], password = `pw-${name}`): ChatProcess {
    return new ChatProcess(name, args, password);
  }

  get pid(): number {
    return this.#process.pid;
  }
  /** What it wrote on standard error. */
  get errors(): string {
    return this.#errors;
  }
  /** The exit code; null while it runs. */
  get code(): number | null {
    return this.#code;
  }

  /** Sends commands; all of them in one piece. */
  async do(...commands: readonly (ChatCommand | { readonly do: "settings"; readonly words: string })[]): Promise<void> {
    await this.#input.write(
      new TextEncoder().encode(commands.map((command) => `${JSON.stringify(command)}\n`).join("")),
    );
  }

  /** All events of a kind so far. */
  all<K extends ChatEvent["event"]>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.event === kind);
  }

  /** The first event of a kind that fits, also one that was told before. Fails with all that it told last. */
  async event<K extends ChatEvent["event"]>(
    kind: K,
    fits: (event: EventOf<K>) => boolean = () => true,
    within_ms = 20_000,
  ): Promise<EventOf<K>> {
    let at = 0;
    let found: EventOf<K> | undefined;
    await this.until(
      () => {
        for (; at < this.events.length && found === undefined; at++) {
          const event = this.events[at];
          if (event.event === kind && fits(event as EventOf<K>)) found = event as EventOf<K>;
        }
        return found !== undefined;
      },
      `tell "${kind}"`,
      within_ms,
    );
    return found!;
  }

  /** Waits until it holds, asked again whenever it tells something. */
  async until(holds: () => boolean, what: string, within_ms = 20_000): Promise<void> {
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(() => done.reject(this.#failure(`did not ${what} within ${within_ms} ms`)), within_ms);
    const look = (): void => {
      if (holds()) done.resolve();
      else if (this.#code !== null) done.reject(this.#failure(`ended (code ${this.#code}) and did not ${what}`));
    };
    this.#waiters.add(look);
    look();
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(look);
    }
  }

  /** Quits in order; the exit code. */
  async quit(within_ms = 20_000): Promise<number> {
    if (this.#code === null) await this.do({ do: "quit" }).catch(() => {}); // it may have ended meanwhile
    return await this.ended(within_ms);
  }

  /** Sends a signal to the launcher, as a terminal or a service manager does; the exit code. */
  async signal(signal: Deno.Signal, within_ms = 20_000): Promise<number> {
    this.#process.kill(signal);
    return await this.ended(within_ms);
  }

  /** Kills the client itself, not its launcher: a device that loses its power. */
  kill(): void {
    const children = Deno.readTextFileSync(`/proc/${this.pid}/task/${this.pid}/children`).trim();
    Deno.kill(Number(children.split(" ")[0]), "SIGKILL");
  }

  /** Waits for its end; the exit code. */
  async ended(within_ms = 20_000): Promise<number> {
    const done = Promise.withResolvers<number>();
    const timer = setTimeout(() => {
      this.#process.kill("SIGTERM");
      done.reject(this.#failure(`did not end within ${within_ms} ms`));
    }, within_ms);
    const look = (): void => {
      if (this.#code !== null) done.resolve(this.#code);
    };
    this.#waiters.add(look);
    look();
    try {
      return await done.promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(look);
      await this.#input.close().catch(() => {}); // closed by its end
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }

  #failure(what: string): Error {
    const last = this.events.slice(-15).map((event) => JSON.stringify(event)).join("\n");
    return new Error(`${this.name} ${what}; it told last:\n${last}\n${this.#errors.slice(-3000)}`);
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
