import type * as pulumi from "@pulumi/pulumi";
import { ProjectDeployToken } from "./project-deploy-token.js";
import { RotatingDeployToken, type RotatingDeployTokenArgs } from "./rotating-deploy-token.js";

/** The arguments of a `RotatingProjectDeployToken`. */
export interface RotatingProjectDeployTokenArgs extends RotatingDeployTokenArgs {
  /** The project: its numeric id or its full path. */
  project: pulumi.Input<string | number>;
}

/**
 * A deploy token of a project that is replaced on a schedule without an outage: for `overlapDays` the old and the new
 * one both work. Run `pulumi up` within `overlapDays` of each slot's start, then on every stack that reads the token,
 * still within `overlapDays`.
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

  /** @throws pulumi.ResourceError if an argument is misspelt or a rotation argument is not valid, by its name. */
  constructor(name: string, args: RotatingProjectDeployTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      RotatingProjectDeployToken.__pulumiType,
      "project",
      name,
      args,
      opts,
      (child, tokenArgs, options) =>
        new ProjectDeployToken(child, { project: args.project, ...tokenArgs }, options),
    );
  }
}
