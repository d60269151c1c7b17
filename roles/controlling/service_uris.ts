// What the service itself is called (oma-reference §2.4), by its first domain; folded.

/** Chats of many are begun there. */
export function factoryUri(domain: string): string {
  return `sip:conference-factory@${domain}`;
}

/** Messages to lists are sent there. */
export function exploderUri(domain: string): string {
  return `sip:exploder@${domain}`;
}
