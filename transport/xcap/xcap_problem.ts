/**
 * Why an XCAP request was refused (RFC 4825 §7.1, §8, §11). The error elements of §11.1 go with 409 alone; `local` is OMA's
 * `local-constraint-failure` inside `extension`.
 */
export type XcapCondition =
  | {
    readonly element:
      | "not-well-formed"
      | "not-xml-frag"
      | "schema-validation-error"
      | "not-utf-8"
      | "not-xml-att-value";
  }
  | { readonly element: "cannot-insert" | "cannot-delete" | "constraint-failure" }
  /** The nearest ancestor that is there, as an absolute URI; null where there is none. */
  | { readonly element: "no-parent"; readonly ancestor: string | null }
  | {
    readonly element: "uniqueness-failure";
    readonly exists: readonly { readonly field: string; readonly alternatives: readonly string[] }[];
  }
  | {
    readonly element: "local";
    readonly alternatives: readonly { readonly field: string; readonly value: string }[];
    readonly description: string;
  };

/** The answer to an XCAP request that is not carried out. `message` is for people and says what and where. */
export class XcapProblem extends Error {
  readonly status: 400 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 500 | 503;
  readonly condition: XcapCondition | null;
  /** Seconds until it is worth another try, where that is known; 0 else. */
  readonly retryAfter_s: number;
  constructor(
    status: XcapProblem["status"],
    message: string,
    condition: XcapCondition | null = null,
    retryAfter_s = 0,
  ) {
    super(message);
    this.name = "XcapProblem";
    this.status = status;
    this.condition = condition;
    this.retryAfter_s = retryAfter_s;
  }
}
