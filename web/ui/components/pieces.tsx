import encodeQr from "qr";
import type { Child } from "hono/jsx";
import { useUi } from "../request_ui.ts";
import { t } from "../texts/kit.ts";
import { Button, buttonClass, type ButtonLook } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

/** A part of a page with a heading of its own. `id`: to link to it; with `live` it comes up to date by itself. */
export function Card(
  { title, actions, id, live, tone, children }: {
    title?: string;
    actions?: Child;
    id?: string;
    live?: boolean;
    tone?: "danger";
    children?: Child;
  },
) {
  const heading = id === undefined ? undefined : `${id}-title`;
  return (
    <section
      class={tone === undefined ? "card" : `card ${tone}`}
      id={id}
      aria-labelledby={heading}
      data-live={live ? "" : undefined}
    >
      {title !== undefined && (
        <div class="card-head">
          <h2 id={heading}>{title}</h2>
          {actions !== undefined && <div class="actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

/** Facts as pairs. `long`: one below the other. Pairs that are null are left out. */
export function Facts(
  { of, long }: { of: readonly (readonly [name: string, value: Child] | null)[]; long?: boolean },
) {
  return (
    <dl class={long ? "facts long" : "facts"}>
      {of.filter((pair) => pair !== null).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Links between views of one thing. */
export function Tabs(
  { label, tabs, look = "tabs" }: {
    label: string;
    tabs: readonly { readonly href: string; readonly label: string; readonly current: boolean }[];
    look?: "tabs" | "segments";
  },
) {
  return (
    <nav class={look} aria-label={label}>
      {tabs.map(({ href, label, current }) => <a href={href} aria-current={current ? "page" : undefined}>{label}</a>)}
    </nav>
  );
}

/** Where a list is empty: what would stand here, and how to get there. */
export function EmptyState(
  { icon, title, children, actions }: { icon: IconName; title: string; children?: Child; actions?: Child },
) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="strong">{title}</p>
      {children !== undefined && <p>{children}</p>}
      {actions !== undefined && <div class="actions">{actions}</div>}
    </div>
  );
}

/** A moment: relative, the exact time on pointing and for machines. 0: never. `exact`: the exact time first. */
export function Time({ at, exact }: { at: number; exact?: boolean }) {
  const { format, now } = useUi();
  if (at === 0) return <span>{t("never")}</span>;
  return (
    <time datetime={new Date(at).toISOString()} title={exact ? format.relative(at, now) : format.full(at)}>
      {exact ? format.dateTime(at) : format.relative(at, now)}
    </time>
  );
}

/** A text to take along, with a button that copies it. `id` must be one of its own on the page. */
export function Copyable({ id, text, what }: { id: string; text: string; what: string }) {
  return (
    <div class="copyable">
      <code id={id} dir="ltr">{text}</code>
      <button
        type="button"
        class="button small needs-script"
        data-copy={id}
        data-done={t("copied")}
        aria-describedby={id}
      >
        <Icon name="copy" />
        <span data-label="" role="status">{t("copy")}</span>
        <span class="unseen">{` ${what}`}</span>
      </button>
    </div>
  );
}

/**
 * Asks before something that cannot be taken back, without script: opens to what it means and the real button. `children`: a
 * Form with that button, after the words.
 */
export function Confirm(
  { label, look = {}, tone = "danger", open, children }: {
    label: string;
    look?: ButtonLook;
    /** `plain`: it opens to choices, nothing is lost. */
    tone?: "danger" | "plain";
    open?: boolean;
    children?: Child;
  },
) {
  return (
    <details class="confirm" open={open}>
      <summary class={buttonClass({ kind: "danger", ...look })}>
        {look.icon !== undefined && <Icon name={look.icon} />}
        {label}
      </summary>
      <div class={tone === "danger" ? "confirm-box" : "panel"}>{children}</div>
    </details>
  );
}

/** More to be opened: reasons, a table, a form that few need. */
export function More({ label, open, children }: { label: string; open?: boolean; children?: Child }) {
  return (
    <details class="more" open={open}>
      <summary>{label}</summary>
      <div class="stack">{children}</div>
    </details>
  );
}

/** Seconds that are left until `until`; counts on by script, and then loads the page anew, but for `stay`. */
export function Countdown({ until, stay }: { until: number; stay?: boolean }) {
  const { now, answersForm } = useUi();
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <time class="countdown" role="timer" data-countdown={seconds} data-then={stay || answersForm ? "stay" : undefined}>
      {`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`}
    </time>
  );
}

/** A QR code, dark on white in every theme: cameras want that. */
export function Qr({ text, label }: { text: string; label?: string }) {
  const rows = encodeQr(text, "raw", { border: 2, ecc: "medium" });
  const path = rows.map((row, y) => row.map((dark, x) => dark ? `M${x} ${y}h1v1h-1z` : "").join("")).join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      role="img"
      aria-label={label ?? t("qr")}
      shape-rendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}

/** Words that the box itself wrote, in English, whatever the page's language. */
export function Said({ text }: { text: string }) {
  return useUi().locale === "en" ? <>{text}</> : <span lang="en" dir="auto">{text}</span>;
}

/** A form's last line: the button it is for, and the way out. */
export function FormEnd({ label, icon, cancel }: { label: string; icon?: IconName; cancel?: string }) {
  return (
    <div class="actions">
      <Button kind="primary" icon={icon}>{label}</Button>
      {cancel !== undefined && <a class={buttonClass({ kind: "quiet" })} href={cancel}>{t("cancel")}</a>}
    </div>
  );
}
