import type * as pulumi from "@pulumi/pulumi";
import { ProjectDeployToken } from "./project-deploy-token.js";
import { RotatingDeployToken, type RotatingDeployTokenArgs } from "./rotating-deploy-token.js";

/** The arguments of a `RotatingProjectDeployToken`. */
export interface RotatingProjectDeployTokenArgs extends RotatingDeployTokenArgs {
  /** The project: its numeric id or its full path. */
  project: pulumi.Input<string | number>;
}

/**
 * A deploy token of a project that is replaced every so often without an outage: for `overlapDays` the old and the new
 * one both work. An `up` of this stack within `overlapDays` of each slot's start, and after it, still within
 * them, one of each stack that reads the token, is all that is needed.
 *
 * @example
 * ```ts
 * const pull = new RotatingProjectDeployToken("pull", {
 *   project: "acme/app",
 *   scopes: ["read_registry"],
 *   rotateEveryDays: 90,
 *   overlapDays: 30,
 * });
 * export const { token, username, rotatesAt } = pull;
 * ```
 * @see https://docs.gitlab.com/user/project/deploy_tokens/
 */
export class RotatingProjectDeployToken extends RotatingDeployToken<ProjectDeployToken> {
  /** @internal */
  static readonly __pulumiType = "gitlab-deploy-tokens:index:RotatingProjectDeployToken";

  /** @throws pulumi.ResourceError where a rotation argument cannot be right, by its name. */
  constructor(name: string, args: RotatingProjectDeployTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    const { project } = args;
    super(
      RotatingProjectDeployToken.__pulumiType,
      name,
      args,
      opts,
      (child, tokenArgs, options) => new ProjectDeployToken(child, { project, ...tokenArgs }, options),
    );
  }
}
