import { DeployTokenError } from "../gitlab/errors.js";
import type { State } from "./properties.js";
import type { Session } from "./session.js";

/** Nothing is read, deleted or forgotten on another GitLab than the one that has the token. */
export function assertSameGitLab(state: State, session: Session): void {
  const configured = session.baseUrl();
  if (state.baseUrl === undefined || state.baseUrl === configured) return;
  throw new DeployTokenError(
    "other_gitlab",
    `This deploy token was made on ${state.baseUrl}, but ${configured} is configured (gitlab:baseUrl). ` +
      `If that is the same GitLab under a new address, run pulumi up, which checks it and records the new address; otherwise configure ${state.baseUrl}.`,
  );
}
