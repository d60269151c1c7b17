/** The target took no file, or did not answer in time. The message is one line for the admin. */
export class TargetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TargetError";
  }
}
