import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { entryName, xml } from "./names.js";
import { needs } from "./scope-needs.js";

/** The repository that Maven sends the token to. */
export interface MavenSettingsXmlOptions {
  /**
   * The `id` of the repository in `pom.xml`.
   *
   * @default `gitlab-maven`
   */
  readonly id?: pulumi.Input<string | undefined>;
}

/** The repository that Gradle sends the token to. */
export interface GradlePropertiesOptions {
  /**
   * The repository's name in the build: letters and digits.
   *
   * @default `gitlab`
   */
  readonly name?: pulumi.Input<string | undefined>;
}

/** GitLab's header, which Maven and Gradle send. */
const header = "Deploy-Token";

const mavenFormat: Format<MavenSettingsXmlOptions, { readonly id: string }, string> = {
  name: "mavenSettingsXml",
  options: ["id"],
  needs: [needs.packages],
  parts: (_, { id }, label) => ({ id: entryName(label, "id", id, "gitlab-maven") }),
  keys: ({ id }) => [id],
  write: (entries) => {
    const servers = entries.map(({ id, token }) =>
      [
        "    <server>",
        `      <id>${xml(id)}</id>`,
        "      <configuration>",
        "        <httpHeaders>",
        "          <property>",
        `            <name>${header}</name>`,
        `            <value>${xml(token)}</value>`,
        "          </property>",
        "        </httpHeaders>",
        "      </configuration>",
        "    </server>",
      ].join("\n"),
    );
    return `<settings>\n  <servers>\n${servers.join("\n")}\n  </servers>\n</settings>\n`;
  },
};

/**
 * The text of Maven's `settings.xml`, which sends the token as a header to the repository with the same `id`. The token
 * needs the scope `read_package_registry`, to deploy `write_package_registry`.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The repository's id.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: an id appears twice, the token's scopes are not enough, or its value is
 *   unknown.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = mavenSettingsXml(packages);
 * ```
 * @see https://docs.gitlab.com/user/packages/maven_repository/#edit-the-client-configuration
 */
export function mavenSettingsXml(
  token: DeployTokenEntries<MavenSettingsXmlOptions>,
  options?: MavenSettingsXmlOptions,
): pulumi.Output<string> {
  return writeFormat(mavenFormat, token, options);
}

const lettersAndDigits = { pattern: /^[A-Za-z][A-Za-z\d]*$/, wanted: "letters and digits" };

const gradleFormat: Format<GradlePropertiesOptions, { readonly name: string }, string> = {
  name: "gradleProperties",
  options: ["name"],
  needs: [needs.packages],
  plainToken: true,
  parts: (_, { name }, label) => ({ name: entryName(label, "name", name, "gitlab", lettersAndDigits) }),
  keys: ({ name }) => [name],
  write: (entries) =>
    entries
      .map(({ name, token }) => `${name}AuthHeaderName=${header}\n${name}AuthHeaderValue=${token}\n`)
      .join(""),
};

/**
 * Lines of a `gradle.properties`, from which Gradle's `credentials(HttpHeaderCredentials)` takes the header for the
 * repository with that name. The token needs the scope `read_package_registry`, to publish `write_package_registry`.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The repository's name.
 * @returns a secret output, of lines that each end with a line break.
 * @throws DeployTokenError `invalid_argument`: a name appears twice, the token's scopes are not enough, or its value is
 *   unknown.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const lines = gradleProperties(packages);
 * ```
 * @see https://docs.gradle.org/current/javadoc/org/gradle/api/credentials/HttpHeaderCredentials.html
 */
export function gradleProperties(
  token: DeployTokenEntries<GradlePropertiesOptions>,
  options?: GradlePropertiesOptions,
): pulumi.Output<string> {
  return writeFormat(gradleFormat, token, options);
}
