import { Icon } from "../../../../web/ui/mod.ts";
import { t } from "./texts.ts";

export const SET_UP = "/admin/set-up";

/** The steps in their order. The first two are before there is an owner. */
export const STEPS = ["start", "owner", "network", "certificate", "users", "recovery", "summary"] as const;
export type Step = typeof STEPS[number];
/** Those of the logged-in owner. */
export const OWNER_STEPS = STEPS.slice(2);

export function isStep(text: string | undefined): text is Step {
  return STEPS.includes(text as Step);
}

export function stepPath(step: Step): string {
  return `${SET_UP}?step=${step}`;
}

export function stepAfter(step: Step): Step {
  return STEPS[Math.min(STEPS.length - 1, STEPS.indexOf(step) + 1)];
}

/** Where one has been: in a cookie, for the list and for coming back. Of no weight for what is allowed. */
export function readPassed(cookie: string | undefined): ReadonlySet<Step> {
  return new Set((cookie ?? "").slice(0, 200).split(".").filter(isStep));
}

export function writePassed(passed: Iterable<Step>): string {
  return [...new Set(passed)].join(".");
}

/** The first step that is still to be done. */
export function firstOpen(done: ReadonlySet<Step>): Step {
  return OWNER_STEPS.find((step) => step !== "summary" && !done.has(step)) ?? "summary";
}

/** The list of steps: where one is, what is done, and the way to what may be visited. */
export function StepList({ now, done, owner }: { now: Step; done: ReadonlySet<Step>; owner: boolean }) {
  return (
    <nav aria-label={t("steps")} class="no-print">
      <ol class="steps">
        {STEPS.map((step) => {
          const name = (
            <>
              {done.has(step) && step !== now && <Icon name="check" />}
              <span class="step-name">{t(`step.${step}`)}</span>
              {done.has(step) && step !== now && <span class="unseen">{`, ${t("step.done")}`}</span>}
            </>
          );
          const visited = owner && OWNER_STEPS.includes(step) && step !== now;
          return (
            <li
              class={step === now ? "now" : done.has(step) ? "done" : undefined}
              aria-current={step === now ? "step" : undefined}
            >
              {visited ? <a href={stepPath(step)}>{name}</a> : <span>{name}</span>}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
