import * as pulumi from "@pulumi/pulumi";
import { expiredOf, inputsOf, optionsOf, typeOf, warnAbout } from "./deploy-token.js";
import type { DeployTokenArgs, DeployTokenOutputs } from "./types.js";

/** The arguments of a `ProjectDeployToken`. */
export interface ProjectDeployTokenArgs extends DeployTokenArgs {
  /** The project: its numeric id (a number or a string) or its full path, as in `acme/app`. */
  project: pulumi.Input<string | number>;
}

// Its outputs, written once for both classes. A common base class would do too, but Pulumi takes the constructor's caller
// for the place in the user's program.
export interface ProjectDeployToken extends DeployTokenOutputs {}

/**
 * A deploy token of a GitLab project. Creating it creates the token, destroying it deletes the token, and any change
 * replaces it, the new token first and the old one after, because GitLab has no update.
 *
 * A token's value is shown by GitLab only once: it is kept in the state, as a secret. Needs the role Maintainer in
 * the project, and an access token with the scope `api`.
 *
 * @example
 * ```ts
 * import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
 *
 * const pull = new ProjectDeployToken("pull", {
 *   project: "acme/app",
 *   name: "cluster pull",
 *   scopes: ["read_registry"],
 *   expiresAt: "2027-01-31",
 * });
 *
 * export const username = pull.username;
 * export const token = pull.token; // a secret
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#project-deploy-tokens
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: Pulumi's constructor assigns the outputs
export class ProjectDeployToken extends pulumi.CustomResource {
  /** @internal */
  static readonly __pulumiType = typeOf("ProjectDeployToken");

  /** The project as it was written when the token was made. */
  declare readonly project: pulumi.Output<string>;

  /**
   * @param name The resource's name, unique among the stack's project deploy tokens.
   * @param args What the token is to be.
   * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
   * @throws pulumi.ResourceError where `provider` is another package's. Arguments that cannot be right are refused at
   *   preview, each by its name.
   */
  constructor(name: string, args: ProjectDeployTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      ProjectDeployToken.__pulumiType,
      name,
      inputsOf("project", name, args?.project, args),
      optionsOf("ProjectDeployToken", name, opts),
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
   * @param id `<project>:<deploy token id>`, as in `acme/app:4`.
   * @param state Not needed: GitLab is asked.
   * @param opts Pulumi's options.
   * @example
   * ```ts
   * const token = ProjectDeployToken.get("legacy", "acme/app:4");
   * export const expiresAt = token.expiresAt;
   * ```
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Partial<ProjectDeployTokenArgs>,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectDeployToken {
    return new ProjectDeployToken(name, state as ProjectDeployTokenArgs, { ...opts, id });
  }

  /** Whether a value is a `ProjectDeployToken`, also one of another copy of this package. */
  static override isInstance(value: unknown): value is ProjectDeployToken {
    return (
      (value as { __pulumiType?: unknown } | null | undefined)?.__pulumiType ===
      ProjectDeployToken.__pulumiType
    );
  }
}
