/** What the service reads at each use, and the console may change while it runs. One object for each part, changed in place. */
import type { Clock, LogWriter } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { ProfileDefaults } from "./operations/stored/mod.ts";
import type { DeferredLimits, HistoryLimits } from "./storage/mod.ts";
import { FlowTrace } from "./transport/sip/mod.ts";
import type { SipWires } from "./transport/sip/flows/mod.ts";
import type { LockOutSettings } from "./roles/sip_core/mod.ts";
import { DEFAULT_SESSIONS, type PagerSettings, type SessionSettings } from "./roles/participating/mod.ts";
import type { AwaySettings, CopySettings, DeferralSettings, DeferredListSettings } from "./roles/deferred/mod.ts";
import type { RoomSettings } from "./roles/controlling/mod.ts";
import type { HistorySettings } from "./roles/history/mod.ts";
import type { ContactSettings, PrivacyDefaults, SearchSettings, XdmSettings } from "./roles/xdm/mod.ts";
import { deferredLimits, historyLimits } from "./store.ts";

const DAY_S = 86_400;

/** The parts of the settings that change live. */
export class LiveSettings {
  readonly pager: PagerSettings;
  readonly sessions: SessionSettings;
  readonly deferral: DeferralSettings;
  /** Whether anything is stored, and for how many devices. */
  readonly waiting: CopySettings & { readonly enabled: boolean };
  readonly lists: DeferredListSettings;
  readonly away: AwaySettings;
  readonly limits: DeferredLimits;
  readonly lockOut: Partial<LockOutSettings>;
  readonly xdm: XdmSettings;
  readonly contacts: ContactSettings;
  readonly privacy: PrivacyDefaults;
  readonly search: SearchSettings;
  readonly presence: Config["presence"];
  readonly rooms: RoomSettings;
  readonly history: HistorySettings;
  readonly historyLimits: HistoryLimits;
  readonly notices: Config["notices"];
  readonly clients: Config["clients"];
  /** What new users begin with (UPROF-3). */
  profile: ProfileDefaults;

  /** `limits`, `historyLimits`: those that the store holds already. */
  constructor(config: Config, limits: DeferredLimits, history: HistoryLimits) {
    this.pager = pagerSettings(config);
    this.sessions = sessionSettings(config);
    this.deferral = deferralOf(config);
    this.waiting = waitingOf(config);
    this.lists = listsOf(config);
    this.away = awayOf(config);
    this.limits = Object.assign(limits, deferredLimits(config.deferred));
    this.lockOut = lockOutOf(config);
    this.xdm = { ...config.xdm };
    this.contacts = { ...config.contacts };
    this.privacy = { ...config.privacy };
    this.search = { ...config.search };
    this.presence = { ...config.presence };
    this.rooms = { ...config.rooms };
    this.history = { ...config.history };
    this.historyLimits = Object.assign(history, historyLimits(config.history));
    this.notices = { ...config.notices };
    this.clients = { ...config.clients };
    this.profile = profileOf(config);
  }

  /** From now on these hold. */
  apply(config: Config): void {
    Object.assign(this.pager, pagerSettings(config));
    Object.assign(this.sessions, sessionSettings(config));
    Object.assign(this.deferral, deferralOf(config));
    Object.assign(this.waiting, waitingOf(config));
    Object.assign(this.lists, listsOf(config));
    Object.assign(this.away, awayOf(config));
    Object.assign(this.limits, deferredLimits(config.deferred));
    Object.assign(this.lockOut, lockOutOf(config));
    Object.assign(this.xdm, config.xdm);
    Object.assign(this.contacts, config.contacts);
    Object.assign(this.privacy, config.privacy);
    Object.assign(this.search, config.search);
    Object.assign(this.presence, config.presence);
    Object.assign(this.rooms, config.rooms);
    Object.assign(this.history, config.history);
    Object.assign(this.historyLimits, historyLimits(config.history));
    Object.assign(this.notices, config.notices);
    Object.assign(this.clients, config.clients);
    this.profile = profileOf(config);
  }
}

/** The same for what is no object of settings: the log's level, and the trace of the wires. */
export function applyToMachine(
  { log: { level }, trace: { messages } }: Config,
  log: LogWriter,
  wires: SipWires,
  clock: Clock,
): void {
  log.level = level;
  if ((wires.trace?.capacity ?? 0) === messages) return;
  wires.trace = messages === 0
    ? null
    : new FlowTrace(clock, { messages, octets: Math.max(1_048_576, messages * 2048) });
}

function deferralOf({ deferred }: Config): DeferralSettings {
  return { default_s: deferred.default_days * DAY_S, max_s: deferred.max_days * DAY_S };
}

function waitingOf({ deferred: { enabled, copies } }: Config): LiveSettings["waiting"] {
  return { enabled, copies };
}

function listsOf({ deferred, pager }: Config): DeferredListSettings {
  return { reminder_ms: deferred.reminder_hours * 3_600_000, pagerLimit: pager.max_body };
}

function awayOf({ deferred }: Config): AwaySettings {
  return { stores: deferred.enabled && deferred.for_other_domains, retry_s: deferred.other_domains_retry };
}

function lockOutOf({ auth }: Config): Partial<LockOutSettings> {
  return { attempts: auth.lockout_attempts, window: auth.lockout_window };
}

function profileOf({ profile, deferred }: Config): ProfileDefaults {
  const { deferral, quota_messages, quota_bytes } = profile;
  if (quota_messages === 0 && quota_bytes === 0) return { deferral, quota: null };
  const quota = { messages: quota_messages || deferred.quota_messages, octets: quota_bytes || deferred.quota_bytes };
  return { deferral, quota };
}

function pagerSettings({ pager }: Config): PagerSettings {
  const single = Object.entries(pager.max_body_of).map(([type, maxBytes]) => ({ type, maxBytes }));
  const listed = pager.types.map((type) => ({ type, maxBytes: pager.max_body }));
  return {
    limit_bytes: pager.max_body,
    // The first rule that matches holds: single limits before the list.
    types: [...single.filter(({ type }) => !pager.types.includes(type)), ...listed].map((rule) => {
      const own = pager.max_body_of[rule.type];
      return own === undefined ? rule : { ...rule, maxBytes: own };
    }),
    requireLogin: pager.require_login,
    answerWithin_ms: pager.answer_within * 1000,
    rate: null,
  };
}

function sessionSettings({ session, pager }: Config): SessionSettings {
  return {
    ...DEFAULT_SESSIONS,
    mediaPath: session.media_path,
    maxMessage: session.max_message,
    maxContent: session.max_content,
    types: session.types.map((type) => ({ type, maxBytes: Number.MAX_SAFE_INTEGER })),
    concurrent: session.concurrent,
    idle_s: session.idle,
    sessionExpires_s: session.refresh,
    largeMessages: session.large_messages,
    requireLogin: pager.require_login,
  };
}
