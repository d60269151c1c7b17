import { Problem } from "./problems.ts";

/** Throws the Problem "too-large" where the request says so itself, with nothing read. */
export function refuseLarge(headers: Headers, limit: number): void {
  const length = headers.get("content-length");
  if (length === null) return;
  if (!/^[0-9]+$/.test(length)) throw new Problem("malformed", `Content-Length is "${length.slice(0, 20)}".`);
  if (Number(length) > limit) throw tooLarge(limit);
}

/** All of a body. Rejects with the Problem "too-large" as soon as it is, whatever its Content-Length was. */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  refuseLarge(request.headers, limit);
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of request.body ?? []) {
    octets += chunk.length;
    if (octets > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  const all = new Uint8Array(octets);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** A body that is passed on as it comes. `exceeded` is true once the limit made an end of it. */
export class Upload {
  readonly stream: ReadableStream<Uint8Array>;
  #exceeded = false;

  constructor(request: Request, readonly limit: number) {
    refuseLarge(request.headers, limit);
    let octets = 0;
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        octets += chunk.length;
        if (octets > limit) {
          this.#exceeded = true;
          throw tooLarge(limit);
        }
        controller.enqueue(chunk);
      },
    });
    this.stream = (request.body ?? ReadableStream.from<Uint8Array>([])).pipeThrough(counter);
  }

  /** What became of taking it in: a failure behind the limit is told as the limit. */
  async taken<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#exceeded ? tooLarge(this.limit) : error;
    }
  }
}

/** Text in UTF-8. Throws the Problem "malformed". */
export function textOf(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch (error) {
    if (error instanceof TypeError) throw new Problem("malformed", "The body is not text in UTF-8.");
    throw error;
  }
}

/** Throws the Problem "malformed". */
export function jsonOf(octets: Uint8Array): unknown {
  const text = textOf(octets);
  if (text.trim() === "") throw new Problem("malformed", "The body is empty; JSON is wanted.");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem("malformed", `The body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** Throws the Problem "unsupported-media-type" where the body is not said to be of this type. */
export function requireType(headers: Headers, wanted: string): void {
  const found = headers.get("content-type")?.split(";")[0].trim().toLowerCase() ?? "";
  if (found === wanted) return;
  throw new Problem(
    "unsupported-media-type",
    `Content-Type is "${found.slice(0, 80)}"; this route takes ${wanted}.`,
    { headers: { accept: wanted } },
  );
}

function tooLarge(limit: number): Problem {
  // What is still on its way is not read, so the connection cannot be used again.
  return new Problem("too-large", `The body is larger than the ${limit} octets that this route takes.`, {
    headers: { connection: "close" },
  });
}
