/** One backup file that the box knows of. */
export interface BackupView {
  /** File name. */
  readonly name: string;
  readonly created_at: number;
  readonly octets: number;
  readonly version: string;
  /** Id of the recovery key that opens it; "": its key is in it. */
  readonly recovery_key: string;
  readonly contents: { readonly users: number; readonly deferred_messages: number; readonly registrations: number };
  readonly made_by: string;
  /** Null: never tested. */
  readonly tested: TestRestoreView | null;
}

export interface TestRestoreView {
  readonly at: number;
  readonly ok: boolean;
  /** Why not; "" where it is well. */
  readonly reason: string;
  readonly users: number;
  readonly registrations: number;
  readonly deferred_messages: number;
  readonly ms: number;
}

/** Where finished backups are sent besides the box's own folder. */
export type BackupTarget =
  | { readonly kind: "none" }
  | { readonly kind: "webdav"; readonly url: string; readonly user: string }
  | { readonly kind: "s3"; readonly url: string; readonly region: string; readonly access_key: string };

export interface BackupSchedule {
  readonly enabled: boolean;
  /** `02:30`, UTC. */
  readonly at: string;
  readonly every: "day" | "week";
  /** How many are kept on the box. */
  readonly keep: number;
  /** The newest is test-restored once a month. */
  readonly test: boolean;
  readonly target: BackupTarget;
}

export interface RecoveryView {
  /** "" while there is none. */
  readonly id: string;
  readonly created_at: number;
  /** 0 until the admin has confirmed the sheet. */
  readonly confirmed_at: number;
}

export interface BackupService {
  list(): Promise<BackupView[]>;
  /** What is and what is not inside. */
  readonly inside: { readonly included: readonly string[]; readonly left_out: readonly string[] };
  create(by: string): Promise<BackupView>;
  remove(name: string, by: string): Promise<boolean>;
  /** The file's octets; null where there is none. */
  open(
    name: string,
    by: string,
  ): Promise<{ readonly octets: number; readonly stream: ReadableStream<Uint8Array> } | null>;
  /** Decrypts and checks everything, applies nothing. */
  test(name: string, by: string): Promise<TestRestoreView>;
  schedule(): BackupSchedule;
  /** `secret`: of the target; undefined keeps the one that is there. */
  setSchedule(schedule: BackupSchedule, secret: string | undefined, by: string): Promise<BackupSchedule>;
  /** Writes, reads back and deletes a small file at the target. Null: well; else why not. */
  testTarget(target: BackupTarget, secret: string | undefined): Promise<string | null>;
  recovery(): RecoveryView;
  /** A new recovery key, told once: `text` as on the sheet. Backups to come use it once it is confirmed. */
  newRecovery(by: string): Promise<{ readonly id: string; readonly text: string }>;
  /** `groups`: the groups asked for, as typed. False where they are wrong. */
  confirmRecovery(text: string, by: string): Promise<boolean>;
  /**
   * Takes a backup file in, checks key and whole file, and restarts the box on it. Rejects with OperationError, with nothing
   * touched, where it cannot be restored; a wrong key is told before the rest of the upload is read.
   */
  restore(
    upload: ReadableStream<Uint8Array>,
    options: { recovery_key: string; by: string },
  ): Promise<{ readonly created_at: number; readonly users: number; readonly deferred_messages: number }>;
  /** The same for a backup on the box. */
  restoreNamed(
    name: string,
    options: { recovery_key: string; by: string },
  ): Promise<{ readonly created_at: number; readonly users: number; readonly deferred_messages: number }>;
}
