export type Severity = "info" | "warning" | "critical";

/** One thing that is not as it should be. */
export interface HealthItem {
  /** `certificate.expires`; with the subject behind a slash where there may be several: `peer.down/other.test`. */
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  /** When it was first seen. */
  readonly since: number;
  /** What to do: words, and where a page or a click helps, that. */
  readonly repair: {
    readonly text: string;
    /** Console page, as `/admin/certificates`; "" for none. */
    readonly page: string;
    /** One-click repair by `POST /api/v1/health/{code}/repair`; "" for none: the label of the button. */
    readonly action: string;
  };
  /** Not counted nor shown first until then; 0: not snoozed. */
  readonly snoozed_until: number;
}

export interface HealthService {
  /** Worst first, snoozed ones last. */
  list(): HealthItem[];
  /** Runs all checks now. */
  run(): Promise<HealthItem[]>;
  snooze(code: string, until: number, by: string): Promise<HealthItem | null>;
  /** Rejects with OperationError where there is nothing to repair by itself. */
  repair(code: string, by: string): Promise<string>;
  /** Told after each change of the list. Gives a function that ends it. */
  onChange(listener: () => void): () => void;
}
