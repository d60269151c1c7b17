/** An invitation as it can be shown: never its link again. */
export interface InviteView {
  readonly id: string;
  readonly uri: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  /** Times a client was configured by it. */
  readonly uses: number;
  readonly max_uses: number;
  readonly used_at: number;
}

/** Somebody who wants to become a user and waits for the operator. */
export interface SignUpView {
  readonly id: string;
  readonly uri: string;
  readonly display_name: string;
  readonly e164: string;
  readonly at: number;
  readonly source: string;
}

export interface ProvisioningService {
  listInvites(uri: string): InviteView[];
  /** `link` is told once. `days` 1 to 30. */
  invite(
    request: { uri: string; days: number; max_uses: number },
    by: string,
  ): Promise<InviteView & { readonly link: string }>;
  withdrawInvite(id: string, by: string): Promise<boolean>;
  listSignUps(): SignUpView[];
  /** Makes the user; gives the address. */
  approveSignUp(id: string, by: string): Promise<SignUpView>;
  refuseSignUp(id: string, by: string): Promise<SignUpView>;
}
