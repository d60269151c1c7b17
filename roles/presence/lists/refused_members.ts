import type { LocalMember } from "./local_member.ts";

/** Members of lists who may not be watched, or are nobody: for when that changes. */
export class RefusedMembers {
  readonly #members = new Map<string, Set<LocalMember>>();

  add(member: LocalMember): void {
    const all = this.#members.get(member.presentity);
    if (all === undefined) this.#members.set(member.presentity, new Set([member]));
    else all.add(member);
  }

  remove(member: LocalMember): void {
    const all = this.#members.get(member.presentity);
    if (all?.delete(member) === true && all.size === 0) this.#members.delete(member.presentity);
  }

  of(presentity: string): readonly LocalMember[] {
    return [...this.#members.get(presentity) ?? []];
  }
}
