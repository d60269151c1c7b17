import { Dialog } from "../dialog.ts";
import type { SipResponse } from "../message.ts";
import { rseqOf } from "./call_headers.ts";

/** One of the dialogs that an INVITE of ours may begin: the INVITE can fork on its way (RFC 3261 §13.2.2.4). */
export class EarlyDialog {
  readonly tag: string;
  dialog: Dialog | null;
  /** RSeq of the last reliable response in order (RFC 3262 §4); 0 before the first. */
  #rseq = 0;
  /** It has told us its answer for certain, in a reliable response. */
  answered = false;
  /** The peer said BYE in it. */
  left = false;

  constructor(response: SipResponse) {
    this.tag = response.to.tag;
    this.dialog = Dialog.uac(response);
  }

  /** True for a reliable response that is new and in order; what is not gets neither PRACK nor attention (RFC 3262 §4). */
  takes(response: SipResponse): boolean {
    const rseq = rseqOf(response);
    if (rseq === 0 || (this.#rseq !== 0 && rseq !== this.#rseq + 1)) return false;
    this.#rseq = rseq;
    return true;
  }

  get rseq(): number {
    return this.#rseq;
  }

  /** By the 2xx: the route set is that of the 2xx, the numbers go on (RFC 3261 §13.2.2.4). */
  confirm(response: SipResponse): Dialog | null {
    const before = this.dialog;
    const dialog = Dialog.uac(response);
    if (dialog === null) return before;
    if (before !== null && sameRoutes(before.routeSet, dialog.routeSet)) {
      before.refreshTarget(response);
      return before;
    }
    if (before !== null) dialog.startFrom(before.localSeq);
    return this.dialog = dialog;
  }
}

function sameRoutes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((route, i) => route === b[i]);
}
