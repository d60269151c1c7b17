import { Alert, Button, ButtonLink, Card, Form, type FormState, useUi } from "../../../../web/ui/mod.ts";
import { needed, pageErrorOf } from "../frame/api_client.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { DOOR_KEYS } from "../network/doors.ts";
import { DoorsField, doorValues, SessionsStayHere } from "../network/doors_field.tsx";
import { doorsToTest, LocalWarning, readNetwork } from "../network/network_page.tsx";
import { testDomain, testDoors, type Tested, TestResults } from "../network/test_results.tsx";
import { t as n } from "../network/texts.ts";
import { addressesAfter, formOfProblem, type Outcome } from "../settings/change_flow.tsx";
import { ChangeApplied } from "../settings/change_review.tsx";
import { EnterButton } from "../settings/enter_button.tsx";
import { SettingField } from "../settings/setting_field.tsx";
import { DO, readSettings, rowsOf, settingsForm, type SettingsState } from "../settings/settings_form.ts";
import { t as s } from "../settings/texts.ts";
import { goOn, ownerPage, pass, StepFoot } from "./set_up_page.tsx";
import { stepPath } from "./steps.tsx";
import { t } from "./texts.ts";

/** Seconds after which the browser looks for the restarted box. */
const RESTART_S = 3;

export async function networkStep(c: ConsoleContext): Promise<Response> {
  const state = await readSettings(c.get("console").api);
  return await page(c, settingsForm(state.settings), state);
}

export async function actOnNetwork(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const state = await readSettings(api);
  const { changes, form } = readNetwork(posted, state.settings);
  switch (posted.text(DO)) {
    case "test-domain":
      return await page(c, form, state, { tested: await testDomain(api, posted.text("domain") || domainOf(state)) });
    case "test-doors": {
      const entries = rowsOf(state, DOOR_KEYS).flatMap((row) => doorsToTest(posted, row));
      return await page(c, form, state, { tested: await testDoors(api, entries) });
    }
  }
  if (changes.length === 0) return goOn(c, "network");
  const answer = await api.patch<Outcome>("/settings", { changes });
  if (!answer.ok) {
    if (answer.status !== 422 && answer.status !== 409) throw pageErrorOf(answer.status, answer.problem);
    return await page(c, formOfProblem(form, changes, answer.problem), state, { status: answer.status });
  }
  const { next, candidate } = answer.data;
  pass(c, "network");
  if (next === "confirm" && candidate !== null) {
    const addresses = addressesAfter(c, state.settings, changes);
    return await ownerPage(
      c,
      { step: "network", title: s("applied"), lead: s("applied.lead"), arrived: false },
      <ChangeApplied candidate={candidate} addresses={addresses} path={stepPath("network")} />,
    );
  }
  if (next === "nothing") return goOn(c, "network");
  // The users to come belong to the new domain: the box has to know it before.
  c.header("refresh", `${RESTART_S}; url=${stepPath("certificate")}`);
  const restarting = await ownerPage(
    c,
    { step: "network", title: t("network.restarting"), lead: t("network.restarting.text") },
    <p>
      <ButtonLink href={stepPath("certificate")} kind="primary" icon="next">{t("next")}</ButtonLink>
    </p>,
  );
  needed(await api.post("/restart"));
  return restarting;
}

function domainOf(state: SettingsState): string {
  return String(rowsOf(state, ["domain"])[0]?.value ?? "");
}

async function page(
  c: ConsoleContext,
  form: FormState,
  state: SettingsState,
  { status = 200, tested = null }: { status?: number; tested?: Tested | null } = {},
): Promise<Response> {
  const row = (key: string) => rowsOf(state, [key])[0];
  const opened = Object.assign({}, ...rowsOf(state, DOOR_KEYS).map((door) => doorValues(door)));
  const complete = { ...form, values: { ...opened, ...form.values } };
  const field = (key: string) => row(key) !== undefined && <SettingField row={row(key)} form={complete} acts plain />;
  const seconds = Number(row("console.confirm_seconds")?.value ?? 60);
  return await ownerPage(
    c,
    { step: "network", title: t("network"), lead: t("network.lead"), status },
    <>
      {tested !== null && <TestResults tested={tested} />}
      <Form state={form} class="form wide" label={t("network")}>
        <EnterButton value="network" />
        <Card
          title={t("network.names")}
          id="names"
          actions={<Button small name={DO} value="test-domain" icon="bolt">{n("test.domain")}</Button>}
        >
          {field("domain")}
          <p class="hint">{n("name.hint")}</p>
          <LocalWarning domain={complete.values.domain ?? ""} />
          {field("advertise.host")}
          <p class="hint">{n("host.hint")}</p>
        </Card>
        <Card
          title={t("network.doors")}
          id="doors"
          actions={<Button small name={DO} value="test-doors" icon="bolt">{n("test.doors")}</Button>}
        >
          <SessionsStayHere rows={state.settings} />
          {DOOR_KEYS.map((key) => row(key) !== undefined && <DoorsField row={row(key)} form={complete} acts />)}
          <Alert tone="info" title={n("confirm")}>
            {n("confirm.text", { time: useUi().format.duration(seconds * 1000) })}
          </Alert>
        </Card>
        <StepFoot
          step="network"
          next={<Button kind="primary" name={DO} value="network" icon="next">{t("next")}</Button>}
        />
      </Form>
    </>,
  );
}
