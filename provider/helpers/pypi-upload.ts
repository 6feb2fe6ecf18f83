import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, type FormatOfOne, writeFormat, writeOne } from "./format.js";
import { entryName } from "./names.js";
import { type PackageRegistry, type ProjectRegistryOptions, projectRegistry } from "./package-registry.js";
import { needs } from "./scope-needs.js";
import { type DeployTokenSource, withCredentials } from "./source.js";

/** The project that Python packages are uploaded to, and its name in the file. */
export interface PypircOptions extends ProjectRegistryOptions {
  /**
   * The repository's name, as in `twine upload --repository gitlab`.
   *
   * @default `gitlab`
   */
  readonly repository?: pulumi.Input<string | undefined>;
}

interface Upload {
  readonly registry: PackageRegistry;
}

const pypircFormat: Format<PypircOptions, Upload & { readonly name: string }, string> = {
  name: "pypirc",
  options: ["repository", "project"],
  needs: [needs.publish],
  plainToken: true,
  parts: (source, { repository, ...whose }, label) => ({
    name: entryName(label, "repository", repository, "gitlab"),
    registry: projectRegistry(label, "pypi", source, whose),
  }),
  keys: ({ name }) => [name],
  write: (entries) => {
    const names = entries.map(({ name }) => `    ${name}\n`).join("");
    const sections = entries.map(
      ({ name, registry: { api, path }, username, token }) =>
        `\n[${name}]\nrepository = ${api}/${path}\nusername = ${username}\npassword = ${token}\n`,
    );
    return `[distutils]\nindex-servers =\n${names}${sections.join("")}`;
  },
};

/**
 * The text of a `.pypirc`, with which Twine uploads to a project's package registry. The token needs the scope
 * `write_package_registry`; a group's token needs the project, because groups accept no uploads.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The project, and the repository's name.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project is known, a name appears twice, the token's scopes are not
 *   enough, or its value is unknown.
 * @example
 * ```ts
 * const publish = new ProjectDeployToken("publish", { project: 7, scopes: ["write_package_registry"] });
 *
 * export const file = pypirc(publish); // twine upload --repository gitlab dist/*
 * ```
 * @see https://docs.gitlab.com/user/packages/pypi_repository/#publish-a-pypi-package
 */
export function pypirc(
  token: DeployTokenEntries<PypircOptions>,
  options?: PypircOptions,
): pulumi.Output<string> {
  return writeFormat(pypircFormat, token, options);
}

const uvFormat: FormatOfOne<ProjectRegistryOptions, Upload, string> = {
  name: "uvPublishUrl",
  options: ["project"],
  needs: [needs.publish],
  parts: (source, options, label) => ({ registry: projectRegistry(label, "pypi", source, options) }),
  write: ({ registry: { api, path }, ...login }) => withCredentials(`${api}/${path}`, login),
};

/**
 * The URL that uploads to a project's package registry, with a deploy token's user name and value in it: for uv's
 * `UV_PUBLISH_URL`. It does not end in `/simple`, as the index's does. The token needs the scope
 * `write_package_registry`; a group's token needs the project.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project is known, the token's scopes are not enough, or its value is
 *   unknown.
 * @example
 * ```ts
 * const publish = new ProjectDeployToken("publish", { project: 7, scopes: ["write_package_registry"] });
 *
 * export const url = uvPublishUrl(publish);
 * // https://gitlab%2Bdeploy-token-1:gldt-…@gitlab.com/api/v4/projects/7/packages/pypi
 * ```
 * @see https://docs.gitlab.com/user/packages/pypi_repository/#publish-a-pypi-package
 */
export function uvPublishUrl(
  token: DeployTokenSource,
  options?: ProjectRegistryOptions,
): pulumi.Output<string> {
  return writeOne(uvFormat, token, options);
}
