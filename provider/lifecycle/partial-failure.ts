/** The engine's form of "made, but not all of it worked": the state gets the id and the properties. */
export class PartialFailure extends Error {
  constructor(
    readonly id: string,
    readonly properties: Record<string, unknown>,
    readonly reasons: string[],
  ) {
    super(reasons.join(" "));
  }
}
