import type { Listener } from "./desk_types.ts";
import type { Side } from "./pager_parties.ts";

/** Those who may record a message, as they see it. */
export class PagerSides {
  readonly all: readonly Side[];
  readonly listeners: readonly Listener[];
  /** They see the same: one copy is enough for all of them. */
  readonly areOne: boolean;

  constructor(all: readonly Side[]) {
    this.all = all;
    this.listeners = all.map(({ listener }) => listener);
    this.areOne = all.every((side) => seeTheSame(side, all[0]));
  }
}

/** Nobody. */
export const NO_SIDES = new PagerSides([]);

function seeTheSame(one: Side, other: Side): boolean {
  return one.from.uri === other.from.uri && one.from.name === other.from.name && one.to === other.to &&
    one.group.uri === other.group.uri;
}
