/** Outlines on a grid of 24, drawn for this program. */
const PATHS = {
  home: "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
  users:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6M18 14.5c2.200.8 3.5 2.900 3.5 5.5",
  user: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 21c0-4 3.300-7 7.5-7s7.5 3 7.5 7",
  "user-plus": "M10 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 3-6 7-6s7 2.5 7 6M19 7v6M16 10h6",
  inbox: "M4 13l2.5-8h11L20 13v6H4zM4 13h4.5l1.5 3h4l1.5-3H20",
  message: "M4 5h16v11H10l-4 4v-4H4z",
  rooms: "M3.5 4h11v8H8.5l-3 3v-3h-2zM17.5 9h3v8h-2v3l-3-3h-6v-2.500",
  policy: "M12 3l8 3v6c0 4.5-3.300 7.700-8 9-4.700-1.300-8-4.5-8-9V6zM9 12l2.200 2.200L15.5 10",
  network: "M12 3v5M5 21v-5h14v5M12 8v8M9 3h6M3 21h4M17 21h4M10 21h4M12 16v5",
  certificate: "M5 4h14v11H5zM8 8h8M8 11h4M14.5 15v6l2-1.5 2 1.5v-6",
  admins: "M14.5 9.5a5 5 0 1 0-4 4L12 15h2v2h2v2h4v-3.5zM8.5 8.5h.01",
  key: "M15 9a4 4 0 1 1-3.200-3.900M14.5 12.5L20 18v3h-3l-6.5-6.5M9 9h.01",
  audit: "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7",
  backup:
    "M4 7c0-2 3.600-3 8-3s8 1 8 3-3.600 3-8 3-8-1-8-3zM4 7v10c0 2 3.600 3 8 3s8-1 8-3V7M4 12c0 2 3.600 3 8 3s8-1 8-3",
  recovery: "M12 21a9 9 0 1 0-8.5-6M3 20v-5h5M12 8v4l3 2",
  logs: "M4 6h16M4 10h10M4 14h16M4 18h7",
  flow: "M5 4v16M19 4v16M5 8h11M13 5l3 3-3 3M19 16H8M11 13l-3 3 3 3",
  support: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.300c-.7.4-1 .9-1 1.700M12 17h.01",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5M4 12h16",
  api: "M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  menu: "M4 7h16M4 12h16M4 17h16",
  plus: "M12 5v14M5 12h14",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6 6l12 12M18 6L6 18",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01",
  warning: "M12 4L2.5 20h19zM12 10v4M12 17h.01",
  critical: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16.5h.01",
  arrow: "M14 6l-6 6 6 6",
  next: "M10 6l6 6-6 6",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  phone: "M7 3h10v18H7zM11 18h2",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  lock: "M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  upload: "M12 16V4M7.5 8L12 4l4.5 4M4 16v4h16v-4",
  download: "M12 4v12M7.5 12l4.5 4 4.5-4M4 18v2h16v-2",
  refresh: "M20 12a8 8 0 1 1-2.5-5.800M20 3v4.5h-4.5",
  bolt: "M13 3L5 13.5h6L10 21l8.5-11H12.5z",
  snooze: "M12 21a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM9.5 10h5l-5 6h5M4 4L2 6M20 4l2 2",
  "log-out": "M14 4H5v16h9M10 12h11M17.5 8l4 4-4 4",
  edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19z",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5",
  print: "M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z",
} as const;
export type IconName = keyof typeof PATHS;

/** A drawing beside a word: assistive technology does not see it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={name === "next" || name === "log-out" ? "icon turns" : "icon"}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Parley's mark: a speech bubble that is a P, with what somebody is about to say. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="mark-body" d="M4 29V13.5A10.5 10.5 0 0 1 14.5 3h3a10.5 10.5 0 0 1 0 21H12z" />
      <g class="mark-dot">
        <circle cx="11" cy="13.5" r="1.9" />
        <circle cx="16" cy="13.5" r="1.9" />
        <circle cx="21" cy="13.5" r="1.9" />
      </g>
    </svg>
  );
}
