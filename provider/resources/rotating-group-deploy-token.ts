import type * as pulumi from "@pulumi/pulumi";
import { GroupDeployToken } from "./group-deploy-token.js";
import { RotatingDeployToken, type RotatingDeployTokenArgs } from "./rotating-deploy-token.js";

/** The arguments of a `RotatingGroupDeployToken`. */
export interface RotatingGroupDeployTokenArgs extends RotatingDeployTokenArgs {
  /** The group: its numeric id or its full path. */
  group: pulumi.Input<string | number>;
}

/**
 * A deploy token of a group that is replaced on a schedule without an outage: for `overlapDays` the old and the new
 * one both work. Run `pulumi up` within `overlapDays` of each slot's start, then on every stack that reads the token,
 * still within `overlapDays`.
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

  /** @throws pulumi.ResourceError if an argument is misspelt or a rotation argument is not valid, by its name. */
  constructor(name: string, args: RotatingGroupDeployTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      RotatingGroupDeployToken.__pulumiType,
      "group",
      name,
      args,
      opts,
      (child, tokenArgs, options) =>
        new GroupDeployToken(child, { group: args.group, ...tokenArgs }, options),
    );
  }
}
