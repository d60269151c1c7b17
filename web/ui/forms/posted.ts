/** A form as it was posted. Text only comes as text, files only as files; a name that is missing reads as "". */
export class Posted {
  readonly #values: ReadonlyMap<string, readonly (string | File)[]>;

  constructor(entries: Iterable<readonly [name: string, value: string | File]>) {
    const values = new Map<string, (string | File)[]>();
    for (const [name, value] of entries) {
      const list = values.get(name);
      if (list === undefined) values.set(name, [value]);
      else list.push(value);
    }
    this.#values = values;
  }

  static readonly empty = new Posted([]);

  /** The first text, without white space around it. */
  text(name: string): string {
    return this.raw(name).trim();
  }

  /** The first text as it was typed: for passwords. Line ends are those of a form, CR LF, made LF. */
  raw(name: string): string {
    const value = this.#values.get(name)?.find((one) => typeof one === "string") as string | undefined;
    return value?.replaceAll("\r\n", "\n") ?? "";
  }

  /** All texts of that name. */
  list(name: string): string[] {
    return (this.#values.get(name) ?? []).filter((one) => typeof one === "string");
  }

  /** The lines of a text, without empty ones. */
  lines(name: string): string[] {
    return this.raw(name).split("\n").map((line) => line.trim()).filter((line) => line !== "");
  }

  /** A checkbox. */
  flag(name: string): boolean {
    return this.list(name).length > 0;
  }

  /** NaN where it is no number. */
  number(name: string): number {
    const text = this.text(name);
    return text === "" ? NaN : Number(text);
  }

  /** Null where no file was chosen. */
  file(name: string): File | null {
    const file = this.#values.get(name)?.find((one) => one instanceof File) as File | undefined;
    return file === undefined || (file.size === 0 && file.name === "") ? null : file;
  }

  /** All texts by name, for showing them again. */
  values(): Record<string, string> {
    return Object.fromEntries([...this.#values.keys()].map((name) => [name, this.raw(name)]));
  }
}

/** A form cannot be read: the answer says why. */
export class FormError extends Error {
  readonly status: 400 | 413 | 415;
  constructor(status: 400 | 413 | 415, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FormError";
    this.status = status;
  }
}

/**
 * Reads a form of at most `limit` octets: what says that it is larger is refused before it is read, what turns out so while it
 * is read. Rejects with FormError.
 */
export async function readForm(request: Request, limit: number): Promise<Posted> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(type)) {
    throw new FormError(415, `a form was expected, not "${type.slice(0, 80)}"`);
  }
  const body = await readLimited(request, limit);
  if (/^multipart/i.test(type)) {
    try {
      return new Posted(await new Response(body, { headers: { "content-type": type } }).formData());
    } catch (error) {
      throw new FormError(400, "the form is broken", { cause: error });
    }
  }
  return new Posted(new URLSearchParams(new TextDecoder().decode(body)));
}

async function readLimited(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new FormError(413, `the form is larger than ${limit} octets`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream: the rest is not read.
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
