import type { Clock } from "../../../foundation/mod.ts";
import type { AuditLog } from "../../../storage/mod.ts";
import type { AdminView, SettingsService } from "../services/mod.ts";
import { auditChainCheck } from "./checks/audit_chain.ts";
import { backupAgeCheck, type BackupFacts } from "./checks/backup_age.ts";
import { backupFailedCheck, type BackupFailure } from "./checks/backup_failed.ts";
import { backupTestedCheck } from "./checks/backup_tested.ts";
import { certificateCheck, type CertificateFacts } from "./checks/certificate_alarms.ts";
import { clockJumpCheck, clockOffsetCheck, clockWrongCheck } from "./checks/clock.ts";
import { type DeferredFacts, deferredFullCheck, deferredOldCheck } from "./checks/deferred_queue.ts";
import { diskFullCheck, diskLowCheck } from "./checks/disk_space.ts";
import { type DnsFacts, dnsRecordsCheck } from "./checks/dns_records.ts";
import { defaultDomainCheck, type DoorFact, doorsMissingCheck, isPublic, plainDoorCheck } from "./checks/doors.ts";
import { logLostCheck } from "./checks/log_lost.ts";
import { ownersCheck } from "./checks/owners.ts";
import { type PeerFact, peersDownCheck } from "./checks/peers_down.ts";
import { recoverySheetCheck } from "./checks/recovery_sheet.ts";
import { registrationsCollapseCheck } from "./checks/registrations_collapse.ts";
import { settingsProblemCheck, settingsRestartCheck, settingsRevertedCheck } from "./checks/settings_state.ts";
import { storageSizeCheck } from "./checks/storage_size.ts";
import { storageSlowCheck } from "./checks/storage_slow.ts";
import { storageTroubleCheck } from "./checks/storage_trouble.ts";
import type { HealthCheck } from "./health_check.ts";
import type { DiskSpace } from "./machine_figures.ts";

/** All that the checks look at. Each check takes only its own. */
export interface HealthFacts {
  readonly clock: Clock;
  /** When this version was made, ms: no clock is right that stands before it. */
  readonly builtAt: number;
  /** When the box was first set up, ms. */
  readonly firstStart: number;
  /** How far the clock is off from a time server's, ms; null where nobody was asked. */
  clockOffset(): Promise<number | null>;
  disk(): DiskSpace | null;
  storageTrouble(): string | null;
  /** Writes that wait for a commit. */
  storageWaiting(): number;
  /** Octets of the database; null where it is not on this machine. */
  storageOctets(): Promise<number | null>;
  readonly certificates: CertificateFacts;
  readonly backups: BackupFacts;
  lastBackupFailure(): BackupFailure | null;
  readonly settings: Pick<SettingsService, "history" | "restartNeeded">;
  settingsProblems(): readonly string[];
  readonly deferred: DeferredFacts;
  registered(): number;
  doors(): readonly DoorFact[];
  readonly dns: Omit<DnsFacts, "reachable">;
  peers(): readonly PeerFact[];
  readonly audit: Pick<AuditLog, "verify">;
  /** Log lines left out since the start. */
  logLost(): number;
  admins(): readonly AdminView[];
}

/** Every check of the box. Which stands behind which, each says itself. */
export function boxChecks(facts: HealthFacts): HealthCheck[] {
  const { clock, backups } = facts;
  const doors = () => facts.doors();
  return [
    diskFullCheck(() => facts.disk()),
    diskLowCheck(() => facts.disk()),
    storageTroubleCheck(() => facts.storageTrouble()),
    storageSlowCheck(() => facts.storageWaiting()),
    storageSizeCheck(() => facts.storageOctets()),
    clockWrongCheck(clock, facts.builtAt),
    clockJumpCheck(clock),
    clockOffsetCheck(() => facts.clockOffset()),
    certificateCheck(facts.certificates),
    backupAgeCheck(backups, clock, facts.firstStart),
    backupFailedCheck(backups, () => facts.lastBackupFailure()),
    backupTestedCheck(backups, clock),
    recoverySheetCheck(backups),
    settingsProblemCheck(() => facts.settingsProblems()),
    settingsRevertedCheck(facts.settings, clock),
    settingsRestartCheck(facts.settings),
    deferredFullCheck(facts.deferred),
    deferredOldCheck(facts.deferred, clock),
    registrationsCollapseCheck(() => facts.registered(), clock),
    doorsMissingCheck(doors),
    plainDoorCheck(doors),
    defaultDomainCheck(doors, () => facts.dns.domains()),
    dnsRecordsCheck({
      resolver: facts.dns.resolver,
      domains: () => facts.dns.domains(),
      advertised: () => facts.dns.advertised(),
      isOwn: (address) => facts.dns.isOwn(address),
      reachable: () => facts.doors().some(isPublic),
    }),
    peersDownCheck(() => facts.peers()),
    auditChainCheck(facts.audit),
    logLostCheck(() => facts.logLost(), clock),
    ownersCheck(() => facts.admins()),
  ];
}
