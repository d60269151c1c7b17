/** What the operator says of recipients of other domains (`[deferred]`); live. */
export interface AwaySettings {
  /** Messages are stored at all, and for other domains, too. What is stored already goes out in any case. */
  readonly stores: boolean;
  /** First wait before another domain is tried again, seconds; doubled each time, up to an hour. */
  readonly retry_s: number;
}

export const DEFAULT_AWAY: AwaySettings = { stores: true, retry_s: 60 };
