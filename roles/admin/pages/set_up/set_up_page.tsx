import type { Child } from "hono/jsx";
import { getCookie, setCookie } from "hono/cookie";
import { ActionForm, Banner, Button, ButtonLink, Countdown, Page, render } from "../../../../web/ui/mod.ts";
import type { BoxStatus, CandidateView, RecoveryView } from "../../services/mod.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { readCertificates } from "../certificates/certificates_page.tsx";
import { readSettings, rowsOf } from "../settings/settings_form.ts";
import {
  OWNER_STEPS,
  readPassed,
  SET_UP,
  type Step,
  stepAfter,
  StepList,
  stepPath,
  STEPS,
  writePassed,
} from "./steps.tsx";
import { t } from "./texts.ts";

const PASSED_COOKIE = "parley_set_up_steps";

/** A page of the wizard before there is an owner. */
export async function openPage(
  c: ConsoleContext,
  { step, title, lead, status = 200 }: { step: Step; title: string; lead: string; status?: number },
  children: Child,
): Promise<Response> {
  const done = new Set(STEPS.slice(0, STEPS.indexOf(step)));
  return await render(
    c,
    <Page
      title={title}
      lead={lead}
      home={SET_UP}
      version=""
      roomy
      banners={<StepList now={step} done={done} owner={false} />}
    >
      {children}
    </Page>,
    status,
  );
}

/** A page of the wizard of the logged-in owner, with the change that waits to be confirmed above it. */
export async function ownerPage(
  c: ConsoleContext,
  { step, title, lead, status = 200, arrived = true }: {
    step: Step;
    title: string;
    lead: string;
    status?: number;
    /** False on the page of the old doors: there is nothing to be confirmed there. */
    arrived?: boolean;
  },
  children: Child,
): Promise<Response> {
  const { api } = c.get("console");
  const [{ version }, { candidate }, done] = await Promise.all([
    api.need<BoxStatus>("/status"),
    api.need<{ candidate: CandidateView | null }>("/settings/candidate"),
    doneSteps(c),
  ]);
  return await render(
    c,
    <Page
      title={title}
      lead={lead}
      home="/admin"
      version={version}
      roomy
      banners={
        <>
          <StepList now={step} done={done} owner />
          {candidate !== null && arrived && <ConfirmBanner candidate={candidate} step={step} />}
        </>
      }
    >
      {children}
    </Page>,
    status,
  );
}

function ConfirmBanner({ candidate, step }: { candidate: CandidateView; step: Step }) {
  const on = step === "network" ? stepPath("certificate") : stepPath(step);
  return (
    <Banner
      tone="warning"
      label={t("confirm")}
      actions={
        <>
          <ActionForm action="/admin/candidate" fields={{ back: on }}>
            <Button kind="primary" name="do" value="confirm" icon="check">{t("confirm.do")}</Button>
          </ActionForm>
          <ActionForm action="/admin/candidate" fields={{ back: stepPath(step) }}>
            <Button name="do" value="revert">{t("confirm.revert")}</Button>
          </ActionForm>
        </>
      }
    >
      <strong>{t("confirm")}</strong>
      <p>
        {t("confirm.text")} <Countdown until={candidate.confirm_before} />
      </p>
    </Banner>
  );
}

/** The last line of a step: back, leave, go on. `next`: the button, where there is one. */
export function StepFoot({ step, next }: { step: Step; next?: Child }) {
  const before = OWNER_STEPS[OWNER_STEPS.indexOf(step) - 1];
  return (
    <div class="step-foot no-print">
      <div class="actions">
        {next}
        {before !== undefined && <ButtonLink href={stepPath(before)}>{t("back")}</ButtonLink>}
      </div>
      <ButtonLink href="/admin" kind="quiet">{t("leave")}</ButtonLink>
    </div>
  );
}

/** What is done: by what the box is now, or because one has been there. */
export async function doneSteps(c: ConsoleContext): Promise<ReadonlySet<Step>> {
  const { api } = c.get("console");
  const [settings, { certificates }, status, recovery] = await Promise.all([
    readSettings(api),
    readCertificates(api),
    api.need<BoxStatus>("/status"),
    api.need<RecoveryView>("/recovery"),
  ]);
  const done = new Set<Step>(["start", "owner", ...passedSteps(c)]);
  if (rowsOf(settings, ["domain"]).some(({ origin }) => origin !== "default")) done.add("network");
  if (certificates.some(({ in_use, source }) => in_use && source !== "self-signed")) done.add("certificate");
  if (status.users > 0) done.add("users");
  // This one is not done by having looked at it.
  if (recovery.confirmed_at > 0) done.add("recovery");
  else done.delete("recovery");
  return done;
}

function passedSteps(c: ConsoleContext): ReadonlySet<Step> {
  return readPassed(getCookie(c, PASSED_COOKIE));
}

/** Notes that a step is behind one, and leads to the next. */
export function goOn(c: ConsoleContext, step: Step): Response {
  pass(c, step);
  return c.redirect(stepPath(stepAfter(step)), 303);
}

export function pass(c: ConsoleContext, step: Step): void {
  setCookie(c, PASSED_COOKIE, writePassed([...passedSteps(c), step]), {
    path: SET_UP,
    httpOnly: true,
    sameSite: "Lax",
    secure: c.env.secure,
    maxAge: 30 * 86_400,
  });
}
