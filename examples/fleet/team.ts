import { ComponentResource } from "@pulumi/pulumi";

/** The highest deploy token's id that an owner had before a run made any: `project acme/app` → 41. */
export type HighestIds = Readonly<Record<string, number>>;

export const teamType = "gitlab-fleet:index:Team";

/**
 * The parent of a team's tokens. Its row is in the state before any of them is made: with it a later run tells what
 * this one left, should it be killed.
 */
export class Team extends ComponentResource {
  constructor(name: string, args: { readonly run: string; readonly highestIds: HighestIds }) {
    super(teamType, name, { ...args });
  }
}
