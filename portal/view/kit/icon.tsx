/** Outlines on a grid of 24, drawn for this program. */
const PATHS = {
  message: "M4 5h16v11H10l-4 4v-4H4z",
  users:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6M18 14.5c2.2.8 3.5 2.9 3.5 5.5",
  user: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 21c0-4 3.3-7 7.5-7s7.5 3 7.5 7",
  "user-plus": "M10 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 3-6 7-6s7 2.5 7 6M19 7v6M16 10h6",
  room: "M9 4L7 20M17 4l-2 16M4 9h16M4 15h16",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  plus: "M12 5v14M5 12h14",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2 12.5l4.5 4.5L16 7.5M12 16.5l.5.5L22 7.5",
  cross: "M6 6l12 12M18 6L6 18",
  more: "M5 11a1 1 0 1 0 .01 0M12 11a1 1 0 1 0 .01 0M19 11a1 1 0 1 0 .01 0",
  back: "M14 6l-6 6 6 6",
  next: "M10 6l6 6-6 6",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  send: "M4 12L20 4l-5 16-3.5-6.5zM11.5 13.5L20 4",
  attach: "M8 12.5l6-6a3 3 0 0 1 4.5 4.5l-8 8a5 5 0 0 1-7-7L11 4.5",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14c1.8 2.7 5.2 2.7 7 0M9 9.5h.01M15 9.5h.01",
  place: "M12 21c4.5-5 7-8.5 7-11.5a7 7 0 0 0-14 0C5 12.5 7.5 16 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4",
  "bell-off": "M6 17V11c0-1 .2-2 .7-2.8M9 5.8A6 6 0 0 1 18 11v4M4.5 18.5H17M10 21h4M3 3l18 18",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.7l12.6 12.6",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5",
  edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19z",
  file: "M6 3h9l4 4v14H6zM15 3v4h4",
  folder: "M3 6h6l2 2.5h10V19H3z",
  download: "M12 4v12M7.5 12l4.5 4 4.5-4M4 18v2h16v-2",
  upload: "M12 16V4M7.5 8L12 4l4.5 4M4 16v4h16v-4",
  retry: "M20 12a8 8 0 1 1-2.5-5.8M20 3v4.5h-4.5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  whisper: "M4 5h16v11H10l-4 4v-4H4zM9 10.5h.01M12 10.5h.01M15 10.5h.01",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  lock: "M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01",
  warning: "M12 4L2.5 20h19zM12 10v4M12 17h.01",
  leave: "M14 4H5v16h9M10 12h11M17.5 8l4 4-4 4",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c-6 6-6 12 0 18M12 3c6 6 6 12 0 18",
  bolt: "M13 3L5 13.5h6L10 21l8.5-11H12.5z",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15 9.5h.01",
} as const;
export type IconName = keyof typeof PATHS;

/** Those that point along the line of text: they turn around where it runs from the right. */
const TURNING = new Set<IconName>(["back", "next", "send", "leave"]);

/** A drawing beside a word: assistive technology does not see it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={TURNING.has(name) ? "icon turns" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
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
