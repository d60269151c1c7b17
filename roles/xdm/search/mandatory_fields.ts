import type { SearchSettings } from "../xdm_settings.ts";
import { fieldIndex, PEOPLE } from "./search_target.ts";

/** One bit for each field of the public profile that the operator wants filled in; what is no field counts for nothing. */
export function mandatoryBits({ mandatory }: Pick<SearchSettings, "mandatory">): number {
  return mandatory.map((name) => fieldIndex(PEOPLE, name)).filter((field) => field >= 0)
    .reduce((bits, field) => bits | (1 << field), 0);
}

/** What the fields of these bits are called. */
export function fieldNames(bits: number): string[] {
  return PEOPLE.fields.filter((_, field) => (bits & (1 << field)) !== 0).map(({ name }) => name);
}
