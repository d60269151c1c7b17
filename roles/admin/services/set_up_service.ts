/** How far the first boot has come. */
export interface SetUpState {
  /** No admin yet. */
  readonly open: boolean;
  readonly version: string;
  readonly addresses: readonly string[];
  readonly domain: string;
}

export interface SetUpService {
  state(): SetUpState;
  /** True for the one-time code of the link that the console printed; constant time, throttled by the caller. */
  admits(code: string): boolean;
  /** The code ends here: the first owner is there. */
  close(): void;
  /** Whether these listen entries can be bound: null, or why not, for each. Nothing stays open. */
  tryListen(
    entries: readonly string[],
  ): Promise<readonly { readonly entry: string; readonly problem: string | null }[]>;
  /** What DNS says about a domain: SRV and addresses, and whether they lead here. */
  tryDomain(
    domain: string,
  ): Promise<readonly { readonly question: string; readonly answer: string; readonly ok: boolean }[]>;
}
