/** What the parts of presence tell each other. Presentities are folded addresses of users of this box. */
export interface PresenceEvents {
  /** What is known of somebody became something else: `composition` and `offline` give other objects from now on. */
  presenceChanged: { readonly presentity: string };
  /** Who may see what of somebody may be something else from now on: decisions are to be asked for again. */
  rulesChanged: { readonly presentity: string };
}
