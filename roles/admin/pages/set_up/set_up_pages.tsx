import type { MiddlewareHandler } from "hono";
import { newForm } from "../../../../web/ui/mod.ts";
import type { SetUpState } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, type ConsoleEnv, needs } from "../frame/console.ts";
import { actOnCertificate, certificateStep } from "./certificate_step.tsx";
import { actOnNetwork, networkStep } from "./network_step.tsx";
import { actOnRecovery, recoveryStep } from "./recovery_step.tsx";
import { doneSteps, goOn } from "./set_up_page.tsx";
import {
  codeOf,
  keepCode,
  makeOwner,
  noCodePage,
  ownerStep,
  restoreFirst,
  restoreStep,
  startPage,
} from "./start_steps.tsx";
import { firstOpen, isStep, OWNER_STEPS, SET_UP, type Step } from "./steps.tsx";
import { summaryStep } from "./summary_step.tsx";
import { actOnUsers, usersStep } from "./users_step.tsx";

/**
 * The first boot: by the link with its one-time code until there is an owner, then by the logged-in owner, who may leave and
 * come again.
 */
export function setUpPages(app: ConsoleApp): void {
  app.get(SET_UP, phase, async (c) => isOpen(c) ? await openStep(c) : await show(c));
  app.post(SET_UP, phase, async (c) => isOpen(c) ? await makeOwner(c) : await act(c));
  app.get(`${SET_UP}/restore`, phase, async (c) => {
    if (!isOpen(c)) return c.redirect(SET_UP, 303);
    return codeOf(c) === "" ? await noCodePage(c) : await restoreStep(c, newForm());
  });
  app.post(`${SET_UP}/restore`, phase, async (c) => isOpen(c) ? await restoreFirst(c) : c.redirect(SET_UP, 303));
  app.get(`${SET_UP}/:code`, (c) => keepCode(c, c.req.param("code")));
}

const owner = needs("backups.carry");

/** While there is no owner everybody may come, and REST asks for the code; then only an owner. */
const phase: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const { open } = await c.get("api").need<Pick<SetUpState, "open">>("/set-up");
  if (open) return await next();
  return await owner(c, next);
};

function isOpen(c: ConsoleContext): boolean {
  return c.get("console") === undefined;
}

async function openStep(c: ConsoleContext): Promise<Response> {
  if (codeOf(c) === "") return await noCodePage(c);
  return c.req.query("step") === "owner" ? await ownerStep(c, newForm()) : await startPage(c);
}

async function stepOf(c: ConsoleContext): Promise<Step> {
  const wanted = c.req.query("step");
  return isStep(wanted) && OWNER_STEPS.includes(wanted) ? wanted : firstOpen(await doneSteps(c));
}

async function show(c: ConsoleContext): Promise<Response> {
  switch (await stepOf(c)) {
    case "network":
      return await networkStep(c);
    case "certificate":
      return await certificateStep(c);
    case "users":
      return await usersStep(c);
    case "recovery":
      return await recoveryStep(c);
    default:
      return await summaryStep(c);
  }
}

async function act(c: ConsoleContext): Promise<Response> {
  switch (await stepOf(c)) {
    case "network":
      return await actOnNetwork(c);
    case "certificate":
      return await actOnCertificate(c);
    case "users":
      return await actOnUsers(c);
    case "recovery":
      return await actOnRecovery(c);
    default:
      return goOn(c, "summary");
  }
}
