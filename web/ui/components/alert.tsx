import type { Child } from "hono/jsx";
import { t } from "../texts/kit.ts";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "ok" | "info" | "warning" | "critical" | "plain";

export const TONE_ICONS: Readonly<Record<Tone, IconName>> = {
  ok: "check",
  info: "info",
  warning: "warning",
  critical: "critical",
  plain: "info",
};

/** Something to be told. Warnings and worse interrupt a screen reader, the rest waits its turn. */
export function Alert({ tone, title, children }: { tone: Tone; title?: string; children?: Child }) {
  const role = tone === "critical" || tone === "warning" ? "alert" : "status";
  return (
    <div class={`alert ${tone}`} role={role}>
      <Icon name={TONE_ICONS[tone]} />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
      </div>
    </div>
  );
}

/** A line across the page that stays until somebody acts: what it says, and forms or links to act with. */
export function Banner({ tone, label, children, actions }: {
  tone: Tone;
  label: string;
  children?: Child;
  actions?: Child;
}) {
  return (
    <section class={`banner ${tone}`} aria-label={label}>
      <Icon name={TONE_ICONS[tone]} />
      <div class="grow">{children}</div>
      {actions !== undefined && <div class="actions">{actions}</div>}
    </section>
  );
}

/** A state in a word. */
export function Badge({ tone, icon, children }: { tone: Tone; icon?: IconName; children?: Child }) {
  return (
    <span class={`badge ${tone}`}>
      {icon === undefined ? <span class="dot"></span> : <Icon name={icon} />}
      {children}
    </span>
  );
}

/** A severity in a word, for who does not see its colour. */
export function severityWord(severity: "ok" | "info" | "warning" | "critical"): string {
  return t(`severity.${severity}`);
}
