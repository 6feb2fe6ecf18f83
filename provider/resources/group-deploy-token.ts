import * as pulumi from "@pulumi/pulumi";
import { tokenTypes } from "../pulumi-package.js";
import { checkArguments, expiredOf, inputsOf, optionsOf, warnAbout } from "./deploy-token.js";
import type { DeployTokenArgs, DeployTokenOutputs } from "./types.js";

/** The arguments of a `GroupDeployToken`. */
export interface GroupDeployTokenArgs extends DeployTokenArgs {
  /** The group: its numeric id (a number or a string) or its full path, as in `acme/platform`. */
  group: pulumi.Input<string | number>;
}

// The outputs of both classes. A common base class would also work, but Pulumi takes the caller of the constructor for
// the line of the user's program.
export interface GroupDeployToken extends DeployTokenOutputs {}

/**
 * A deploy token of a GitLab group. It opens every project below the group. GitLab cannot change a deploy token, so every changed argument replaces it: Pulumi
 * creates the new token first and deletes the old one last.
 *
 * GitLab returns the value only once, so the state stores it as a secret. The access token needs the scope `api`, and its
 * user the role Owner in the group.
 *
 * @example
 * ```ts
 * import { GroupDeployToken } from "pulumi-gitlab-deploy-tokens";
 *
 * const pull = new GroupDeployToken("pull", {
 *   group: "acme",
 *   name: "cluster pull",
 *   scopes: ["read_registry"],
 *   expiresAt: "2027-01-31",
 * });
 *
 * export const username = pull.username;
 * export const token = pull.token; // a secret
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#group-deploy-tokens
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: Pulumi's constructor assigns the outputs
export class GroupDeployToken extends pulumi.CustomResource {
  /** @internal */
  static readonly __pulumiType: string = tokenTypes.group;

  /** The group as the program wrote it at the creation of the token. */
  declare readonly group: pulumi.Output<string>;

  /**
   * @param name The name of the resource, unique among the group deploy tokens of the stack.
   * @param args The arguments of the token.
   * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
   * @throws pulumi.ResourceError if an argument is misspelt, `deletedWith` is a deploy token, or `provider` belongs to
   *   another package. A preview refuses each invalid value by its name.
   */
  constructor(name: string, args: GroupDeployTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    checkArguments("GroupDeployToken", "group", name, args, opts);
    super(
      GroupDeployToken.__pulumiType,
      name,
      inputsOf("group", name, args?.group, args, opts),
      optionsOf("GroupDeployToken", name, opts),
    );
    if (args !== undefined) warnAbout(this, args, opts);
  }

  /** Whether `expiresAt` has passed at the time of the program's run. */
  get expired(): pulumi.Output<boolean> {
    return expiredOf(this);
  }

  /**
   * Reads a token that this stack does not manage. GitLab does not return its value. If the token does not exist, or the
   * access token's user cannot see it, the command fails with the reason.
   *
   * @param name The name of the resource.
   * @param id `<group>:<deploy token id>`, as in `acme:4`.
   * @param state Not used, because the token is read from GitLab.
   * @param opts Pulumi's options.
   * @example
   * ```ts
   * const token = GroupDeployToken.get("legacy", "acme:4");
   * export const expiresAt = token.expiresAt;
   * ```
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Partial<GroupDeployTokenArgs>,
    opts?: pulumi.CustomResourceOptions,
  ): GroupDeployToken {
    return new GroupDeployToken(name, state as GroupDeployTokenArgs, { ...opts, id });
  }

  /** Whether a value is a `GroupDeployToken`, also one of another copy of this package. */
  static override isInstance(value: unknown): value is GroupDeployToken {
    return (
      (value as { __pulumiType?: unknown } | null | undefined)?.__pulumiType === GroupDeployToken.__pulumiType
    );
  }
}
