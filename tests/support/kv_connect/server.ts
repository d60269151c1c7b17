/**
 * A KV Connect service for tests, on loopback, its database in memory (denoland/denokv, proto/kv-connect.md): metadata
 * exchange, snapshot_read and atomic_write; `watch` and queues are refused. Its faults are those of a real one.
 */
import { readAtomicWrite, readSnapshotRead, writeAtomicWriteOutput, writeSnapshotReadOutput } from "./messages.ts";
import { Refused, SortedStore } from "./sorted_store.ts";

/**
 * `unavailable`: 503 to everything; `silent`: requests are taken and not answered, nor done; `lost`: each write takes place
 * and is answered 500.
 */
export type Fault = "unavailable" | "silent" | "lost";

export class KvConnectServer implements AsyncDisposable {
  readonly store = new SortedStore();
  readonly port: number;
  readonly token: string;
  /** Requests of each kind that were let in. */
  readonly requests = { metadata: 0, snapshot_read: 0, atomic_write: 0 };
  fault: Fault | null = null;
  readonly #sessionToken = crypto.randomUUID();
  readonly #databaseId = crypto.randomUUID();
  /** What `silent` keeps waiting. */
  readonly #held = new Set<() => void>();
  #http: Deno.HttpServer<Deno.NetAddr> | null;
  #abort = new AbortController();

  private constructor(token: string) {
    this.token = token;
    this.#http = this.#listen(0);
    this.port = this.#http.addr.port;
  }

  static start(token: string): KvConnectServer {
    return new KvConnectServer(token);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The service goes away: connections are cut, new ones refused. Its database stays for `resume`. */
  async stop(): Promise<void> {
    this.#release();
    this.#abort.abort();
    await this.#http?.finished;
    this.#http = null;
  }

  /** On the same port again. */
  resume(): void {
    this.fault = null;
    this.#release();
    this.#http ??= this.#listen(this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    return Deno.serve({ hostname: "127.0.0.1", port, signal, onListen: () => {} }, (request) => this.#answer(request));
  }

  #release(): void {
    for (const release of this.#held) release();
    this.#held.clear();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST") return text(405, "POST only");
    const body = new Uint8Array(await request.arrayBuffer());
    if (this.fault === "silent") {
      await new Promise<void>((resolve) => this.#held.add(resolve));
      return text(503, "it was silent");
    }
    if (this.fault === "unavailable") return text(503, "the service is not available");
    const bearer = request.headers.get("authorization");
    if (bearer !== `Bearer ${pathname === "/" ? this.token : this.#sessionToken}`) {
      return text(401, "this access token is not valid");
    }
    try {
      return this.#serve(pathname, body);
    } catch (error) {
      if (error instanceof Refused || error instanceof RangeError || error instanceof SyntaxError) {
        return text(400, error.message);
      }
      throw error;
    }
  }

  #serve(path: string, body: Uint8Array): Response {
    switch (path) {
      case "/":
        this.requests.metadata++;
        return this.#metadata(body);
      case "/v3/snapshot_read":
        this.requests.snapshot_read++;
        return protobuf(writeSnapshotReadOutput(this.store.read(readSnapshotRead(body))));
      case "/v3/atomic_write": {
        this.requests.atomic_write++;
        const output = protobuf(writeAtomicWriteOutput(this.store.write(readAtomicWrite(body))));
        return this.fault === "lost" ? text(500, "the answer is lost") : output;
      }
      case "/v3/watch":
        return text(400, "watch is not offered");
      default:
        return text(404, `no ${path} here`);
    }
  }

  #metadata(body: Uint8Array): Response {
    const { supportedVersions } = JSON.parse(new TextDecoder().decode(body)) as { supportedVersions?: number[] };
    if (supportedVersions?.includes(3) !== true) return text(400, "this service speaks version 3 only");
    return Response.json({
      version: 3,
      // denokv says `databaseId`; its protocol text, `uuid`.
      databaseId: this.#databaseId,
      uuid: this.#databaseId,
      endpoints: [{ url: "/v3", consistency: "strong" }],
      token: this.#sessionToken,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
  }
}

function text(status: number, reason: string): Response {
  return new Response(reason, { status });
}

function protobuf(message: Uint8Array<ArrayBuffer>): Response {
  return new Response(message, { headers: { "content-type": "application/x-protobuf" } });
}
