import * as pulumi from "@pulumi/pulumi";
import { tokenTypes } from "../pulumi-package.js";
import { checkArguments, expiredOf, inputsOf, optionsOf, warnAbout } from "./deploy-token.js";
import type { DeployTokenArgs, DeployTokenOutputs } from "./types.js";

/** The arguments of a `ProjectDeployToken`. */
export interface ProjectDeployTokenArgs extends DeployTokenArgs {
  /** The project: its numeric id (a number or a string) or its full path, as in `acme/app`. */
  project: pulumi.Input<string | number>;
}

// The outputs of both classes. A common base class would also work, but Pulumi takes the caller of the constructor for
// the line of the user's program.
export interface ProjectDeployToken extends DeployTokenOutputs {}

/**
 * A deploy token of a GitLab project. GitLab cannot change a deploy token, so every changed argument replaces it: Pulumi
 * creates the new token first and deletes the old one last.
 *
 * GitLab returns the value only once, so the state stores it as a secret. The access token needs the scope `api`, and its
 * user the role Maintainer in the project.
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
  static readonly __pulumiType: string = tokenTypes.project;

  /** The project as the program wrote it at the creation of the token. */
  declare readonly project: pulumi.Output<string>;

  /**
   * @param name The name of the resource, unique among the project deploy tokens of the stack.
   * @param args The arguments of the token.
   * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
   * @throws pulumi.ResourceError if an argument is misspelt, `deletedWith` is a deploy token, or `provider` belongs to
   *   another package. A preview refuses each invalid value by its name.
   */
  constructor(name: string, args: ProjectDeployTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    checkArguments("ProjectDeployToken", "project", name, args, opts);
    super(
      ProjectDeployToken.__pulumiType,
      name,
      inputsOf("project", name, args?.project, args, opts),
      optionsOf("ProjectDeployToken", name, opts),
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
   * @param id `<project>:<deploy token id>`, as in `acme/app:4`.
   * @param state Not used, because the token is read from GitLab.
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
