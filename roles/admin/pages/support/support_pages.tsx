import { failedForm, type FormState, newForm, PageError } from "../../../../web/ui/mod.ts";
import type { BoxStatus, BundleEntry } from "../../services/mod.ts";
import { answerOf, needed } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { Bundle } from "./bundle.tsx";
import { type DnsResult, type DoorResult, Tests } from "./tests.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/support";

/** The support bundle, looked at before it leaves, and the built-in tests. */
export function supportPages(app: ConsoleApp): void {
  app.get(HERE, needs("support.read"), (c) => page(c));
  app.post(HERE, needs("support.read"), async (c) => {
    switch (c.get("posted").text("do")) {
      case "bundle":
        return await bundle(c);
      case "domain":
        return await testDomain(c);
      case "listen":
        return await testListen(c);
      default:
        throw new PageError(400, `"${c.get("posted").text("do").slice(0, 40)}"`);
    }
  });
}

interface Tested {
  readonly domain?: FormState;
  readonly dns?: readonly DnsResult[];
  readonly listen?: FormState;
  readonly doors?: readonly DoorResult[];
  readonly status?: number;
}

async function page(c: ConsoleContext, tested: Tested = {}): Promise<Response> {
  const { api, may } = c.get("console");
  const [{ entries }, status] = await Promise.all([
    api.need<{ entries: BundleEntry[] }>("/support/preview"),
    api.need<BoxStatus>("/status"),
  ]);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status: tested.status },
    <>
      <Bundle entries={entries} />
      <Tests
        may={may("settings.write")}
        domain={tested.domain ?? newForm({ domain: status.domains[0] ?? "" })}
        dns={tested.dns ?? null}
        listen={tested.listen ?? newForm({ entries: status.doors.join("\n") })}
        doors={tested.doors ?? null}
      />
    </>,
  );
}

/** The zip as REST makes it. */
async function bundle(c: ConsoleContext): Promise<Response> {
  const answer = await c.get("console").api.raw("POST", "/support/bundle");
  if (!answer.ok) needed(await answerOf<void>(answer));
  const { headers } = answer;
  return new Response(answer.body, {
    headers: {
      "content-type": headers.get("content-type") ?? "application/zip",
      "content-disposition": headers.get("content-disposition") ?? "attachment",
    },
  });
}

async function testDomain(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const answer = await c.get("console").api.post<{ results: DnsResult[] }>("/set-up/test-domain", {
    domain: posted.text("domain"),
  });
  if (!answer.ok) return await page(c, { domain: failedForm(posted, answer.problem), status: answer.status });
  return await page(c, { domain: newForm(posted.values()), dns: answer.data.results });
}

async function testListen(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const answer = await c.get("console").api.post<{ results: DoorResult[] }>("/set-up/test-listen", {
    entries: posted.lines("entries"),
  });
  if (!answer.ok) return await page(c, { listen: failedForm(posted, answer.problem), status: answer.status });
  return await page(c, { listen: newForm(posted.values()), doors: answer.data.results });
}
