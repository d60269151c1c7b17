import type { Binding } from "./location.ts";

/** A binding as the registrar holds and stores it. */
export interface HeldBinding extends Binding {
  /** Unique in this boot, and among what is stored; kept by refreshes and replacements. Reginfo's contact id. */
  readonly id: number;
}

/** The temporary GRUUs of one instance: all that were given out since its device last began anew (RFC 5627 §5.1). */
export interface GruuEpoch {
  readonly instance: string;
  /** 48 random bits; what a temporary GRUU holds, encrypted. */
  readonly index: number;
  /** CSeq of the REGISTER that got the first one (RFC 5628 §5). */
  readonly firstCseq: number;
  /** The one given out last. */
  readonly latest: string;
}

/** What is stored for an address-of-record. */
export interface StoredRegistration {
  readonly v: 1;
  readonly bindings: readonly HeldBinding[];
  readonly gruus: readonly GruuEpoch[];
}

/** True for a binding that nothing can be sent to: it needs a flow, and that ended with an earlier boot. */
export function isDormant(binding: Binding): boolean {
  return binding.flowOnly && binding.flowId === 0;
}
