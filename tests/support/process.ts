/** Child processes of tests: started with bounded waits, ended by their own id, their output kept for the failure message. */

/** How long what a process has written is waited for after its end. */
const LAST_WORDS_MS = 2_000;

/** One child and what it said so far. */
export class Child {
  readonly name: string;
  readonly #process: Deno.ChildProcess;
  readonly #waiters = new Set<() => void>();
  #output = "";
  #ended: Deno.CommandStatus | null = null;
  readonly status: Promise<Deno.CommandStatus>;
  #stdin: WritableStreamDefaultWriter<Uint8Array> | null = null;
  readonly #readers: Promise<void>[];

  constructor(name: string, command: string, options: Deno.CommandOptions) {
    this.name = name;
    this.#process = new Deno.Command(command, { stdin: "null", ...options, stdout: "piped", stderr: "piped" }).spawn();
    this.#readers = [this.#read(this.#process.stdout), this.#read(this.#process.stderr)];
    if (options.stdin === "piped") this.#stdin = this.#process.stdin.getWriter();
    this.status = this.#process.status.then(async (status) => {
      // Children of its own may hold its output open for ever.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_WORDS_MS));
      await Promise.race([Promise.allSettled(this.#readers), late]);
      clearTimeout(timer);
      this.#ended = status;
      this.#wake();
      return status;
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Everything it printed, both streams. */
  get output(): string {
    return this.#output;
  }

  /** True once it has ended. */
  get ended(): boolean {
    return this.#ended !== null;
  }

  async write(text: string): Promise<void> {
    await this.#stdin!.write(new TextEncoder().encode(text));
  }

  /** Waits until the output matches; fails with the whole output when it ends first or `within_ms` passes. */
  async printed(pattern: RegExp, within_ms = 20_000): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | null => pattern.exec(this.#output);
    await this.#until(() => found() !== null, within_ms, `print ${pattern}`);
    return found()!;
  }

  /** Waits until `holds` is true, asked again whenever the child prints something. */
  async #until(holds: () => boolean, within_ms: number, what: string): Promise<void> {
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(() => deadline.reject(this.#failure(`did not ${what} within ${within_ms} ms`)), within_ms);
    const check = (): void => {
      if (holds()) deadline.resolve();
      else if (this.#ended !== null) {
        deadline.reject(this.#failure(`ended (code ${this.#ended.code}) and did not ${what}`));
      }
    };
    this.#waiters.add(check);
    check();
    try {
      await deadline.promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(check);
    }
  }

  #failure(what: string): Error {
    return new Error(`${this.name} ${what}; its output:\n${this.#output.slice(-6000)}`);
  }

  /** Waits for its end; fails when `within_ms` passes. */
  async finished(within_ms: number): Promise<Deno.CommandStatus> {
    await this.#until(() => this.#ended !== null, within_ms, "end");
    return this.#ended!;
  }

  /** Signals it (unless it has ended) and waits for its end; after 5 s it is killed. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    if (this.#stdin !== null) await this.#stdin.close().catch(() => {}); // it may be closed by the child's end already
    if (!this.ended) this.#signal(signal);
    const killer = setTimeout(() => this.#signal("SIGKILL"), 5_000);
    await this.status;
    clearTimeout(killer);
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error; // gone already
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#output += decoder.decode(chunk, { stream: true });
      if (this.#output.length > 4_000_000) this.#output = this.#output.slice(-2_000_000);
      this.#wake();
    }
  }
}

/** Where a program is, or null when this machine has none. */
export function programPath(name: string): string | null {
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin"]) {
    const path = `${folder}/${name}`;
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
  return null;
}

/**
 * A test that needs programs of others: skipped with a printed reason where one is missing. `.ci/run` installs them and
 * fails when it sees such a line.
 */
export function interopTest(name: string, programs: readonly string[], body: () => Promise<void>): void {
  const missing = programs.filter((program) => programPath(program) === null);
  if (missing.length > 0) console.log(`SKIPPED interop: "${name}" needs ${missing.join(", ")}`);
  Deno.test({ name, ignore: missing.length > 0, sanitizeOps: false, sanitizeResources: false, fn: body });
}

/** Ports that tests give out: below those that the system takes for itself (32768 and up), so a port stays free until it is used. */
const [FIRST_PORT, LAST_PORT] = [10_000, 32_000];
/** Ports of one test file. */
const SLICE = 200;

/**
 * The first port of a slice that nobody else has: test files run side by side, in threads and in processes. Its listener is
 * held as long as this thread lives, and tells the others that the slice is taken; it is opened before the first test, to
 * whom it would look like a leak.
 */
const slice = takeSlice();
let given = 0;

function takeSlice(): number {
  const slices = Math.floor((LAST_PORT - FIRST_PORT) / SLICE);
  const begin = Math.floor(Math.random() * slices);
  for (let i = 0; i < slices; i++) {
    const port = FIRST_PORT + (begin + i) % slices * SLICE;
    try {
      Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`no free ports from ${FIRST_PORT} to ${LAST_PORT}`);
}

/** A loopback port that nobody listens on at the moment, for UDP and TCP; the same one comes again after 198 others. */
export function freePort(hostname = "127.0.0.1"): number {
  for (let attempt = 1; attempt < SLICE; attempt++) {
    const port = slice + 1 + given++ % (SLICE - 1);
    try {
      Deno.listen({ hostname, port }).close();
      Deno.listenDatagram({ transport: "udp", hostname, port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`no free loopback port of ${SLICE - 1} from ${slice + 1}`);
}
