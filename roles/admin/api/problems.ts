/** One field that is wrong. */
export interface FieldError {
  /** `password`, `changes.0.key`, a setting's key, or "" for the whole. */
  readonly field: string;
  readonly message: string;
  /** Line of a file, from 1. */
  readonly line?: number;
}

/** Every kind of refusal: its status, its title, and what it means. Served as `x-problems` of the OpenAPI document. */
export const PROBLEMS = {
  "malformed": [400, "Bad Request", "The request cannot be read: bad JSON, a bad header line, a bad encoding."],
  "unauthenticated": [401, "Unauthorized", "No session or API token, one that has ended, or a wrong name or password."],
  "totp-required": [401, "Code Required", "Name and password are right; send them again with the `code`."],
  "forbidden": [403, "Forbidden", "This principal may not do that."],
  "totp-set-up-required": [403, "Second Factor Required", "The admin has to set up a second factor first: /me/totp."],
  "cross-site": [403, "Cross-Site Request", "A session cookie counts only in requests of our own pages."],
  "plain-http": [403, "HTTPS Required", "From another machine this API answers over https only."],
  "not-found": [404, "Not Found", "There is nothing of that name."],
  "method-not-allowed": [405, "Method Not Allowed", "The path exists, with other methods."],
  "conflict": [409, "Conflict", "The box is not in the state for this."],
  "in-progress": [409, "In Progress", "A request with this Idempotency-Key is still being carried out."],
  "stale": [412, "Changed Meanwhile", "If-Match names another version than there is now."],
  "too-large": [413, "Too Large", "The body is larger than this route takes."],
  "unsupported-media-type": [415, "Unsupported Media Type", "The body is of another type than this route takes."],
  "invalid": [422, "Not Valid", "Something is wrong with the values; `errors` says what."],
  "idempotency-mismatch": [422, "Key Used Before", "This Idempotency-Key was used for another request."],
  "throttled": [429, "Too Many Tries", "Wait as long as Retry-After says."],
  "internal": [500, "Internal Server Error", "The box failed at this request; its log says more."],
  "unavailable": [503, "Unavailable", "It cannot be done at the moment; try again later."],
} as const satisfies Record<string, readonly [status: number, title: string, meaning: string]>;

export type ProblemKind = keyof typeof PROBLEMS;

/** Where a problem type is described; resolves to the document (RFC 6901). Tell them apart by what is behind the last slash. */
const TYPES = "/api/v1/openapi.json#/x-problems/";

/** A refusal (RFC 9457). Thrown by whatever finds it; `problemAnswer` writes it. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: { errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.kind = kind;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.kind][0];
  }
}

export function problemAnswer({ kind, message, errors, headers }: Problem): Response {
  const [status, title] = PROBLEMS[kind];
  const body = { type: TYPES + kind, title, status, detail: message, ...(errors.length > 0 ? { errors } : {}) };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
