import type { ComponentChildren } from "preact";
import type { Problem } from "../../model/mod.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { problemText } from "./problem_text.ts";
import { t } from "./texts.ts";

const ICONS: Readonly<Record<string, IconName>> = { info: "info", ok: "check", warn: "warning", danger: "warning" };

export interface NoticeProps {
  readonly tone: "info" | "ok" | "warn" | "danger";
  readonly children: ComponentChildren;
  /** Buttons beside the words. */
  readonly action?: ComponentChildren;
  /** It comes while the page is there, so it is read out. `danger` always is. */
  readonly live?: boolean;
}

/** Something to know, in its place. */
export function Notice({ tone, children, action, live = false }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === "danger" ? "alert" : live ? "status" : undefined}>
      <Icon name={ICONS[tone]} />
      <div class="notice-text">{children}</div>
      {action && <div class="notice-action">{action}</div>}
    </div>
  );
}

/** What was not done and why, with another try where one makes sense. Nothing for null. */
export function ProblemNotice({ problem, onRetry }: { problem: Problem | null; onRetry?: () => void }) {
  if (problem === null) return null;
  return (
    <Notice tone="danger" action={onRetry && <Button icon="retry" label={t("retry")} onPress={onRetry} />}>
      <p dir="auto">{problemText(problem)}</p>
    </Notice>
  );
}
