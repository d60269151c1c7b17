/** How much may wait. */
export interface DeferredLimits {
  /** Messages and octets (headers, body and content) for one recipient. */
  readonly count: number;
  readonly octets: number;
  /** Messages for all recipients: their index is in memory, about 350 octets each. */
  readonly totalCount: number;
  /** Octets for all recipients, contents included. Default 8 GiB. */
  readonly totalOctets?: number;
  /** A recipient's own quota, in the place of `count` and `octets`; null: it has none. Asked for each message. */
  quotaOf?(recipient: string): { readonly count: number; readonly octets: number } | null;
}

export const DEFAULT_DEFERRED_LIMITS = {
  count: 1000,
  octets: 20 * 1024 * 1024,
  totalCount: 200_000,
  totalOctets: 8 * 1024 ** 3,
} as const satisfies DeferredLimits;
