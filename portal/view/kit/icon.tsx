import { type Drawings, drawn } from "./drawn.ts";

export type IconName = keyof Drawings;

/** Those that point along the line of text: they turn around where it runs from the right. */
const TURNING = new Set<IconName>(["back", "next", "send", "leave"]);

/** A drawing beside a word: assistive technology does not see it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={TURNING.has(name) ? "icon turns" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={drawn.value?.[name]} />
    </svg>
  );
}

/** Parley's mark: a speech bubble that is a P, with what somebody is about to say. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="mark-body" d="M4 29V13.5A10.5 10.5 0 0 1 14.5 3h3a10.5 10.5 0 0 1 0 21H12z" />
      <g class="mark-dot">
        <circle cx="11" cy="13.5" r="1.9" />
        <circle cx="16" cy="13.5" r="1.9" />
        <circle cx="21" cy="13.5" r="1.9" />
      </g>
    </svg>
  );
}
