/** How users may come to the service by themselves, as the provider has set it. Read anew for each request. */
export interface SignUpSettings {
  /** Whether anybody may sign up. */
  readonly open: boolean;
  /** REG-2: the first registration of a client confirms the service (`implicit`), or the user does so on a page. */
  readonly confirm: "implicit" | "explicit";
  /** An operator looks at each sign-up first. */
  readonly approval: boolean;
}
