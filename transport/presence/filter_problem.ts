/**
 * A filter that is refused: 415 for a body of another type, 413 for one too large, 400 for one that is no XML, 488 for one that
 * is no filter or not one we take (RFC 4660 §5.4). `message` says what and where, for the reason or a Warning.
 */
export class FilterProblem extends SyntaxError {
  readonly status: 400 | 413 | 415 | 488;
  constructor(status: FilterProblem["status"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FilterProblem";
    this.status = status;
  }
}
