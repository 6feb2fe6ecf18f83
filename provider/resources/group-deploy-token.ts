import * as pulumi from "@pulumi/pulumi";
import { expiredOf, inputsOf, optionsOf, typeOf, warnAbout } from "./deploy-token.js";
import type { DeployTokenArgs, DeployTokenOutputs } from "./types.js";

/** The arguments of a `GroupDeployToken`. */
export interface GroupDeployTokenArgs extends DeployTokenArgs {
  /** The group: its numeric id (a number or a string) or its full path, as in `acme/platform`. */
  group: pulumi.Input<string | number>;
}

// Its outputs, written once for both classes. A common base class would do too, but Pulumi takes the constructor's caller
// for the place in the user's program.
export interface GroupDeployToken extends DeployTokenOutputs {}

/**
 * A deploy token of a GitLab group. It opens every project below the group. Creating it creates the token, destroying it deletes the token, and any change
 * replaces it, the new token first and the old one after, because GitLab has no update.
 *
 * A token's value is shown by GitLab only once: it is kept in the state, as a secret. Needs the role Owner in
 * the group, and an access token with the scope `api`.
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
  static readonly __pulumiType = typeOf("GroupDeployToken");

  /** The group as it was written when the token was made. */
  declare readonly group: pulumi.Output<string>;

  /**
   * @param name The resource's name, unique among the stack's group deploy tokens.
   * @param args What the token is to be.
   * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
   * @throws pulumi.ResourceError where `provider` is another package's. Arguments that cannot be right are refused at
   *   preview, each by its name.
   */
  constructor(name: string, args: GroupDeployTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      GroupDeployToken.__pulumiType,
      name,
      inputsOf("group", name, args?.group, args),
      optionsOf("GroupDeployToken", name, opts),
    );
    if (args !== undefined) warnAbout(this, args, opts);
  }

  /** Whether `expiresAt` has passed, to the instant, when the program runs. */
  get expired(): pulumi.Output<boolean> {
    return expiredOf(this);
  }

  /**
   * Reads a token that this stack does not manage. Its value is not known: GitLab does not give it. Where there is no
   * such token, or it cannot be seen, the command fails with the reason.
   *
   * @param name The resource's name.
   * @param id `<group>:<deploy token id>`, as in `acme:4`.
   * @param state Not needed: GitLab is asked.
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
