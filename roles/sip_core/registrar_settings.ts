/** How the registrar decides. Times in seconds. */
export interface RegistrarSettings {
  /** Where neither Contact nor Expires says (RFC 3261 §10.3 step 7). */
  readonly default_expires: number;
  /** Longer ones are shortened to it. */
  readonly max_expires: number;
  /** Shorter ones get 423. */
  readonly min_expires: number;
  /** Contacts of one address-of-record. */
  readonly max_contacts: number;
  /** Flow-Timer for outbound: a client that was silent longer has lost its flow (RFC 5626 §4.4). */
  readonly flow_timer: number;
  /** Name our proxy in Service-Route (RFC 3608). */
  readonly service_route: boolean;
  /** Refuse a Path that the client does not know of (420, RFC 3327 §5.3) unless a trusted hop added it. */
  readonly strict_path: boolean;
  /** REGISTERs that wait for an earlier one of the same address-of-record; more get 503. */
  readonly max_waiting: number;
}

export const DEFAULT_REGISTRAR_SETTINGS: RegistrarSettings = {
  default_expires: 3600,
  max_expires: 7200,
  min_expires: 60,
  max_contacts: 10,
  flow_timer: 120,
  service_route: true,
  strict_path: false,
  max_waiting: 16,
};
