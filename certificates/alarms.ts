import type { Trouble } from "./live_pair.ts";
import type { CertificateSource } from "./views.ts";

const DAY_MS = 86_400_000;
const WARNING_MS = 21 * DAY_MS;
const CRITICAL_MS = 7 * DAY_MS;
/** Clients have to be told of a new authority: that takes longer. */
const AUTHORITY_FACTOR = 3;
/** A renewal by itself comes this long before the end, or with a third of the life left where that is shorter. */
const RENEWAL_MS = 30 * DAY_MS;
/** How long a renewal may fail before somebody is told. */
const PATIENCE_MS = DAY_MS;

/** One item for the health list; `since` in ms since the epoch. */
export interface CertificateAlarm {
  readonly code: string;
  readonly severity: "warning" | "critical";
  readonly text: string;
  readonly since: number;
  readonly repair: {
    readonly text: string;
    readonly page: string;
    /** The label of the button for what `CertificateKeeper.repair` does; "" where it can do nothing. */
    readonly action: string;
  };
}

/** Dates of a certificate, ms since the epoch. */
export interface Dates {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** When a certificate that renews itself does so. */
export function renewalDue({ notBefore, notAfter }: Dates): number {
  return notAfter - Math.min(RENEWAL_MS, (notAfter - notBefore) / 3);
}

/** True for those that the box renews by itself. */
export function renewsItself(source: CertificateSource): boolean {
  return source === "internal CA" || source === "self-signed";
}

/** The alarm that a certificate in use ends soon or has ended; null while it has time. */
export function expiryAlarm(dates: Dates, source: CertificateSource, inUseSince: number, now: number) {
  const { notAfter } = dates;
  const itself = renewsItself(source);
  // What renews itself is nobody's business until the renewal is overdue: a short life is no alarm.
  const warning = itself ? Math.min(WARNING_MS, notAfter - renewalDue(dates) - PATIENCE_MS) : WARNING_MS;
  const critical = Math.min(CRITICAL_MS, warning / 3);
  const text = source === "file" ? "put new files in the place of the old ones" : "upload a new one, or renew it";
  return ending(dates, { warning, critical, since: inUseSince, now }, {
    part: "",
    what: `The certificate in use (${source})`,
    repair: { text: itself ? "renew it" : text, action: itself ? "Renew now" : "" },
  });
}

/** The same for the internal CA. */
export function authorityAlarm(dates: Dates, now: number): CertificateAlarm | null {
  const limits = {
    warning: WARNING_MS * AUTHORITY_FACTOR,
    critical: CRITICAL_MS * AUTHORITY_FACTOR,
    since: 0,
    now,
  };
  return ending(dates, limits, {
    part: "/authority",
    what: "The internal CA",
    repair: { text: "create a new one and give its certificate to the clients", action: "" },
  });
}

/** The alarm that the certificate in use lacks names; null when it has them all. */
export function namesAlarm(missing: readonly string[], source: CertificateSource, since: number) {
  if (missing.length === 0) return null;
  const itself = renewsItself(source);
  return alarm(
    "certificate.names",
    "warning",
    `The certificate in use (${source}) does not name ${
      missing.join(", ")
    }: clients that call the box so will refuse it.`,
    since,
    itself ? "renew it with these names" : "get one with these names",
    itself ? "Renew now" : "",
  );
}

/** The alarm of a trouble. `files`: it is about the files of `[tls]`, which may be read again. */
export function troubleAlarm(
  { code, text, since }: Trouble,
  { source, pair }: { readonly source: CertificateSource; readonly pair: Dates },
  files: boolean,
): CertificateAlarm {
  const mild = code.endsWith("/renewal") || code.endsWith("/self-signed");
  const shown = `In use meanwhile: ${source}, until ${new Date(pair.notAfter).toISOString().slice(0, 10)}.`;
  const said = `${text[0].toUpperCase()}${text.slice(1)}. ${shown}`;
  const repair = files
    ? "put a good certificate in its place; it is taken at once"
    : code.endsWith("/uploaded")
    ? "upload a good one, or put another one in use"
    : "mend what the text says";
  return alarm(code, mild ? "warning" : "critical", said, since, repair, files ? "Read again" : "");
}

function alarm(
  code: string,
  severity: CertificateAlarm["severity"],
  text: string,
  since: number,
  repair: string,
  action: string,
): CertificateAlarm {
  return { code, severity, text, since, repair: { text: repair, page: "/admin/certificates", action } };
}

interface Limits {
  readonly warning: number;
  readonly critical: number;
  /** Not before then: it was not there. */
  readonly since: number;
  readonly now: number;
}

interface Words {
  readonly part: string;
  readonly what: string;
  readonly repair: { readonly text: string; readonly action: string };
}

function ending(
  { notAfter }: Dates,
  { warning, critical, since, now }: Limits,
  { part, what, repair }: Words,
): CertificateAlarm | null {
  const left = notAfter - now;
  if (left > warning) return null;
  const day = new Date(notAfter).toISOString().slice(0, 10);
  if (left < 0) {
    const text = `${what} expired on ${day}.`;
    return alarm(`certificate.expired${part}`, "critical", text, Math.max(notAfter, since), repair.text, repair.action);
  }
  const severe = left <= critical;
  const from = Math.max(notAfter - (severe ? critical : warning), since);
  const days = Math.floor(left / DAY_MS);
  const text = `${what} expires on ${day}, ${days === 0 ? "within a day" : `in ${days} day${days === 1 ? "" : "s"}`}.`;
  return alarm(`certificate.expires${part}`, severe ? "critical" : "warning", text, from, repair.text, repair.action);
}
