import type { MemberState } from "../../../transport/presence/mod.ts";
import { ONLY, type SubscribedMember } from "./list_member.ts";
import { markOf, NO_MARK } from "./told_mark.ts";

const STATES: readonly MemberState[] = [{ id: ONLY, state: "terminated", reason: "noresource" }];
const TOLD = markOf("noresource");

/** An entry that means nobody, or a list that is not followed. */
export class AbsentMember implements SubscribedMember {
  readonly uri: string;
  #told = NO_MARK;

  constructor(uri: string) {
    this.uri = uri;
  }

  get mark(): string {
    return this.#told;
  }
  states(whole: boolean): readonly MemberState[] | null {
    return !whole && this.#told === TOLD ? null : STATES;
  }
  told(): void {
    this.#told = TOLD;
  }
  resume(mark: string): void {
    this.#told = mark;
  }
  refresh(): void {}
  close(): void {}
}
