import type * as pulumi from "@pulumi/pulumi";
import { GroupDeployToken } from "./group-deploy-token.js";
import { RotatingDeployToken, type RotatingDeployTokenArgs } from "./rotating-deploy-token.js";

/** The arguments of a `RotatingGroupDeployToken`. */
export interface RotatingGroupDeployTokenArgs extends RotatingDeployTokenArgs {
  /** The group: its numeric id or its full path. */
  group: pulumi.Input<string | number>;
}

/**
 * A deploy token of a group that is replaced every so often without an outage: for `overlapDays` the old and the new
 * one both work. An `up` of this stack within `overlapDays` of each slot's start, and after it, still within
 * them, one of each stack that reads the token, is all that is needed.
 *
 * @example
 * ```ts
 * const pull = new RotatingGroupDeployToken("pull", {
 *   group: "acme",
 *   scopes: ["read_registry"],
 *   rotateEveryDays: 90,
 *   overlapDays: 30,
 * });
 * export const { token, username, rotatesAt } = pull;
 * ```
 * @see https://docs.gitlab.com/user/project/deploy_tokens/
 */
export class RotatingGroupDeployToken extends RotatingDeployToken<GroupDeployToken> {
  /** @internal */
  static readonly __pulumiType = "gitlab-deploy-tokens:index:RotatingGroupDeployToken";

  /** @throws pulumi.ResourceError where a rotation argument cannot be right, by its name. */
  constructor(name: string, args: RotatingGroupDeployTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    const { group } = args;
    super(
      RotatingGroupDeployToken.__pulumiType,
      name,
      args,
      opts,
      (child, tokenArgs, options) => new GroupDeployToken(child, { group, ...tokenArgs }, options),
    );
  }
}
