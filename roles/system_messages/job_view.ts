import type { SystemMessageView, SystemRecipientView } from "../admin/services/mod.ts";
import { CONDITION, isOver, isTracked, type Job, stands } from "./job.ts";
import type { Track, TrackCounts } from "./track.ts";

/** A message as an admin sees it. `unwritten`: deliveries of one without tracks that are not noted yet. */
export function jobView(job: Job, counts: TrackCounts, unwritten: number, now: number): SystemMessageView {
  const tracked = isTracked(job);
  const delivered = tracked ? counts.delivered : job.delivered + unwritten;
  const over = isOver(job, now);
  const { id, at, by, cause, to, condition, text, blocking, askRead, onTimeout } = job;
  return {
    id,
    at,
    by,
    cause,
    to,
    condition,
    text,
    // Who comes later is a recipient, too.
    recipients: to === CONDITION ? counts.all : Math.max(job.recipients, counts.all),
    delivered,
    deferred: tracked ? counts.waiting : Math.max(0, job.deferred - delivered),
    failed: tracked ? Math.max(counts.failed, job.failed) : job.failed,
    options: job.options.map((option) => ({ ...option, answered: counts.options.get(option.id) ?? 0 })),
    blocking,
    ask_read: askRead,
    answer_within: job.answerWithin_s > 0 ? job.answerWithin_s : null,
    on_timeout: onTimeout,
    expires_at: job.expiresAt > 0 ? job.expiresAt : null,
    state: job.withdrawnAt > 0
      ? "withdrawn"
      : over
      ? "over"
      : job.cursor !== null
      ? "sending"
      : stands(job)
      ? "standing"
      : "sent",
    read: counts.read,
    answered: counts.answered,
    open: job.options.length === 0 || over ? 0 : counts.all - counts.answered - counts.timedOut - counts.failed,
    timed_out: counts.timedOut,
  };
}

/** How far one recipient is. */
export function recipientView(uri: string, track: Track): SystemRecipientView {
  const { state, deliveredAt, answeredAt, readAt = 0, option } = track;
  return {
    uri,
    state,
    delivered_at: deliveredAt > 0 ? deliveredAt : null,
    read_at: readAt > 0 ? readAt : null,
    answered_at: answeredAt > 0 ? answeredAt : null,
    option: option === "" ? null : option,
  };
}
