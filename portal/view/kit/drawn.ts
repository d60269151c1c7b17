import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { drawings } from "./drawings.ts";

/** Paths of icons by their names. */
export type Drawings = Readonly<Record<keyof typeof drawings, string>>;

const shown = signal<Drawings | null>(null);

/** What icons look like; null before that is loaded. */
export const drawn: ReadonlySignal<Drawings | null> = shown;

export function useDrawings(drawings: Drawings): void {
  shown.value = drawings;
}
