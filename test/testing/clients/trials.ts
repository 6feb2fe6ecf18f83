import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import {
  composerAuthJson,
  type DeployTokenCredentials,
  dockerConfigJson,
  gitCredentialsUrl,
  helmRepositoriesYaml,
  mavenSettingsXml,
  netrc,
  npmrc,
  nugetConfig,
  pipIndexUrl,
  pypirc,
  terraformrc,
  uvPublishUrl,
  yarnrcYml,
} from "../../../provider/index.js";
import type { CommandResult } from "../../engine/command.js";
import { wheel } from "../../engine/readers.js";
import type { Certificates } from "../../engine/servers.js";
import type { StandIn } from "./stand-in.js";
import { type Box, npmTool, pathTool, pythonTool, type Tool } from "./tools.js";

/** The context of a trial: GitLab, a home for the client, and the format's text for the token. */
export interface Scene {
  readonly standIn: StandIn;
  readonly certificates: Certificates;
  readonly box: Box;
  readonly text: string;
}

/** One format with one client. */
export interface Trial {
  readonly format: string;
  readonly client: string;
  /** The action of the client, for the table. */
  readonly does: string;
  readonly owner: { readonly project: string } | { readonly group: string };
  /** @default read_package_registry */
  readonly scopes?: readonly string[];
  readonly find: () => Promise<Tool | undefined>;
  readonly write: (source: DeployTokenCredentials, standIn: StandIn) => Output<string>;
  readonly run: (scene: Scene) => Promise<CommandResult>;
  /** Whether the action succeeded. */
  readonly proof: (box: Box, result: CommandResult) => boolean;
  /** The output after a refusal of the token. The table shows the first group. */
  readonly refused: RegExp;
  /** The gate may lack the client: neither .ci/run nor npm nor PyPI installs it. */
  readonly isOutsideGate?: true;
}

const group = { group: "acme" };
const project = { project: "acme/app" };

const hasModule =
  (...names: readonly string[]) =>
  ({ folder }: Box) =>
    names.every((name) => existsSync(join(folder, "node_modules", name, "package.json")));

const manifest = '{"name":"user","version":"1.0.0","private":true}';

/** Two scopes, one from the whole instance and one from a project, with the files of each package. */
const twoScopes = (source: DeployTokenCredentials) => [
  { token: source, scope: "@acme", instance: true },
  { token: source, scope: "@lib", project: 2 },
];

function javaScript(
  client: string,
  tool: () => Promise<Tool | undefined>,
  add: readonly string[],
  refused: RegExp,
): Trial {
  return {
    format: "npmrc",
    client,
    does: "installs packages of two scopes, from the instance's registry and from a project's",
    owner: group,
    find: tool,
    write: (source) => npmrc(twoScopes(source)),
    run: ({ box, text }) => {
      box.write("package.json", manifest);
      box.write(".npmrc", text);
      return box.run([...add, "@acme/hello", "@lib/lib"], {
        BUN_INSTALL_CACHE_DIR: join(box.folder, "cache"),
        // The package has no dependencies, so that a test sends no request to a public registry.
        npm_config_registry: "http://127.0.0.1:9/",
      });
    },
    proof: hasModule("@acme/hello", "@lib/lib"),
    refused,
  };
}

const node = [process.execPath];

/** GitLab does not report when a package was published. Without this line, Yarn refuses every package. */
const ownPackages = 'npmPreapprovedPackages: ["@acme/*", "@lib/*"]\n';

const npmTrials: readonly Trial[] = [
  javaScript(
    "npm",
    () => pathTool("npm", ["--version"]),
    ["install", "--no-audit", "--no-fund", "--fetch-retries=0"],
    /npm error code (E\d+)/,
  ),
  javaScript(
    "pnpm",
    () => npmTool("pnpm", node),
    ["add", "--config.fetch-retries=0"],
    /(ERR_PNPM_FETCH_\d+)/,
  ),
  javaScript("Bun", () => npmTool("bun", []), ["add", "--no-cache"], /- (40\d)/),
  {
    ...javaScript(
      "Yarn (classic)",
      () => npmTool("yarn1", node),
      ["add", "--non-interactive", "--no-progress"],
      /(Request failed "40\d [^"]*"|Couldn't find package|Not found)/,
    ),
    does: "installs packages of two scopes from two projects' registries",
    write: (source) =>
      npmrc([
        { token: source, scope: "@acme", project: 1 },
        { token: source, scope: "@lib", project: 2 },
      ]),
  },
  {
    ...javaScript(
      "Yarn",
      () => npmTool("yarn", node),
      ["add"],
      /(HTTPError: Response code 40\d|Invalid authentication[^\n]*)/,
    ),
    format: "yarnrcYml",
    write: (source) => yarnrcYml(twoScopes(source)),
    run: ({ box, text }) => {
      box.write("package.json", manifest);
      box.write("yarn.lock", "");
      box.write(
        ".yarnrc.yml",
        `${text}nodeLinker: node-modules\nenableTelemetry: false\nhttpRetry: 0\n${text.includes("npmPreapproved") ? "" : ownPackages}`,
      );
      return box.run(["add", "@acme/hello", "@lib/lib"], { YARN_ENABLE_GLOBAL_CACHE: "0", CI: "" });
    },
  },
];

const hasFile = (name: string) => (box: Box) =>
  readdirSync(box.folder, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(name));

const wheelName = "hello_acme-1.0.0-py3-none-any.whl";
const writeWheel = (box: Box) => box.write(wheelName, Buffer.from(wheel("hello_acme", "1.0.0"), "base64"));

const pythonTrials: readonly Trial[] = [
  {
    format: "pipIndexUrl",
    client: "pip",
    does: "installs from the group's registry",
    owner: group,
    find: async () => {
      const pip = await pathTool("python3", ["-m", "pip", "--version"]);
      return pip && { ...pip, command: ["python3", "-m", "pip"] };
    },
    write: (source) => pipIndexUrl(source),
    run: ({ box, text }) =>
      box.run(["install", "--no-deps", "--no-cache-dir", "--target", "out", "hello-acme"], {
        PIP_CONFIG_FILE: "/dev/null",
        PIP_INDEX_URL: text,
        PIP_NO_INPUT: "1",
        PIP_RETRIES: "0",
        PIP_DISABLE_PIP_VERSION_CHECK: "1",
      }),
    proof: hasFile("out/hello_acme.py"),
    refused: /(No matching distribution found)/,
  },
  {
    format: "pipIndexUrl",
    client: "uv",
    does: "`uv pip install` from the group's registry",
    owner: group,
    find: () => pythonTool("uv"),
    write: (source) => pipIndexUrl(source),
    run: ({ box, text }) =>
      box.run(
        "pip install --no-deps --no-cache --no-config --target out --python python3 hello-acme".split(" "),
        { UV_DEFAULT_INDEX: text, UV_HTTP_RETRIES: "0" },
      ),
    proof: hasFile("out/hello_acme.py"),
    refused: /(401 Unauthorized)/,
  },
  {
    format: "pypirc",
    client: "Twine",
    does: "uploads to the project",
    owner: project,
    scopes: ["write_package_registry"],
    find: () => pythonTool("twine"),
    write: (source) => pypirc(source),
    run: ({ box, text }) => {
      const config = box.write(".pypirc", text);
      writeWheel(box);
      const args = ["--non-interactive", "--disable-progress-bar", "--repository", "gitlab"];
      return box.run(["upload", "--config-file", config, ...args, wheelName]);
    },
    proof: (_, { stdout }) => stdout.includes("Uploading hello_acme"),
    refused: /(401 Unauthorized)/,
  },
  {
    format: "uvPublishUrl",
    client: "uv",
    does: "`uv publish` to the project",
    owner: project,
    scopes: ["write_package_registry"],
    find: () => pythonTool("uv"),
    write: (source) => uvPublishUrl(source),
    run: ({ box, text }) => {
      writeWheel(box);
      return box.run(["publish", "--no-config", "--no-cache", "--trusted-publishing", "never", wheelName], {
        UV_PUBLISH_URL: text,
        UV_HTTP_RETRIES: "0",
      });
    },
    proof: (_, { stderr }) => stderr.includes("Uploading hello_acme"),
    refused: /(401 Unauthorized)/,
  },
];

/** The login with a path works. Another login for the whole host does not. */
const pathScoped: Trial["write"] = (source, { registry }) =>
  dockerConfigJson([
    { token: { username: "nobody", token: "gldt-wrong" }, registry },
    { token: source, registry: `${registry}/acme/app` },
  ]);

const imageTrials: readonly Trial[] = [
  {
    format: "dockerConfigJson",
    client: "Skopeo",
    does: "lists an image's tags by the login with its path, next to one of the whole host that does not work",
    owner: project,
    scopes: ["read_registry"],
    find: () => pathTool("skopeo", ["--version"]),
    write: pathScoped,
    run: ({ box, text, standIn }) =>
      box.run([
        ...["list-tags", "--tls-verify=false", "--authfile", box.write("auth.json", text)],
        `docker://${standIn.registry}/acme/app`,
      ]),
    proof: (_, { stdout }) => stdout.includes('"1.1"'),
    refused: /(HTTP Basic: Access denied)/,
  },
  {
    format: "dockerConfigJson",
    client: "Podman",
    does: "the same with `podman search --list-tags`",
    owner: project,
    scopes: ["read_registry"],
    find: () => pathTool("podman", ["--version"]),
    write: pathScoped,
    run: ({ box, text, standIn }) =>
      box.run([
        ...["search", "--list-tags", "--tls-verify=false", "--authfile", box.write("auth.json", text)],
        `${standIn.registry}/acme/app`,
      ]),
    proof: (_, { stdout }) => stdout.includes("1.1"),
    refused: /(HTTP Basic: Access denied)/,
  },
  {
    format: "dockerConfigJson",
    client: "Skopeo, dependency proxy",
    does: "reads the manifest of an image in the group's dependency proxy",
    owner: group,
    scopes: ["read_registry", "write_registry"],
    find: () => pathTool("skopeo", ["--version"]),
    write: (source) => dockerConfigJson(source, { dependencyProxy: true }),
    run: ({ box, text, standIn }) => {
      const image = `docker://${standIn.host}/acme/dependency_proxy/containers/alpine:latest`;
      const file = box.write("auth.json", text);
      return box.run(["inspect", "--raw", "--tls-verify=false", "--authfile", file, image]);
    },
    proof: (_, { stdout }) => stdout.includes("schemaVersion"),
    refused: /(unauthorized|authentication required|40[13])/i,
  },
];

const gitSettings = { GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "true" };
const readme = (box: Box) => existsSync(join(box.folder, "clone", "README.md"));

const gitTrials: readonly Trial[] = [
  {
    format: "gitCredentialsUrl",
    client: "Git",
    does: "clones with the line in its credential store",
    owner: project,
    scopes: ["read_repository"],
    find: () => pathTool("git", ["--version"]),
    write: (source) => gitCredentialsUrl(source),
    run: ({ box, text, standIn }) => {
      const store = box.write("credentials", `${text}\n`);
      box.write(".gitconfig", `[credential]\n\thelper = store --file=${store}\n`);
      return box.run(["clone", "--quiet", `${standIn.url}/acme/app.git`, "clone"], gitSettings);
    },
    proof: readme,
    refused: /(HTTP Basic: Access denied)/,
  },
  {
    format: "netrc",
    client: "Git",
    does: "clones",
    owner: project,
    scopes: ["read_repository"],
    find: () => pathTool("git", ["--version"]),
    write: (source) => netrc(source),
    run: ({ box, text, standIn }) => {
      box.write(".netrc", text);
      return box.run(["clone", "--quiet", `${standIn.url}/acme/app.git`, "clone"], gitSettings);
    },
    proof: readme,
    refused: /(HTTP Basic: Access denied|could not read Username)/,
  },
  {
    format: "netrc",
    client: "Go",
    does: "`go mod download` of a module in `GOPRIVATE`",
    owner: project,
    scopes: ["read_repository"],
    find: () => pathTool("go", ["version"]),
    write: (source) => netrc({ ...source, baseUrl: "http://gitlab.test" }),
    run: ({ box, text, standIn }) => {
      box.write(".netrc", text);
      box.write("go.mod", "module user.test/user\n\ngo 1.19\n");
      // Only this proxy, which is the emulator, knows gitlab.test.
      return box.run(["mod", "download", "-json", "gitlab.test/acme/app.git@latest"], {
        ...gitSettings,
        GOPRIVATE: "gitlab.test",
        GOINSECURE: "gitlab.test",
        GOPROXY: "direct",
        GOTOOLCHAIN: "local",
        GOFLAGS: "-mod=mod -modcacherw",
        GOPATH: join(box.folder, "go"),
        GOCACHE: join(box.folder, "cache"),
        http_proxy: standIn.url,
        https_proxy: standIn.url,
        GIT_SSH_COMMAND: "false",
      });
    },
    proof: (_, { stdout }) => /"Version": "v0\.0\.0-/.test(stdout),
    refused: /(no protocol found for repository)/,
    isOutsideGate: true,
  },
  {
    format: "netrc",
    client: "curl",
    does: "gets a file of a generic package",
    owner: project,
    find: () => pathTool("curl", ["--version"]),
    write: (source) => netrc(source),
    run: ({ box, text, standIn }) => {
      box.write(".netrc", text);
      const file = `${standIn.url}/api/v4/projects/1/packages/generic/hello/1.0.0/hello.txt`;
      return box.run(["--netrc", "--silent", "--show-error", "--fail", file]);
    },
    proof: (_, { stdout }) => stdout === "hello from a generic package\n",
    refused: /error: (401)/,
  },
];

const otherTrials: readonly Trial[] = [
  {
    format: "composerAuthJson",
    client: "Composer",
    does: "installs from the group's registry, the archive too",
    owner: group,
    find: () => pathTool("composer", ["--no-ansi", "--version"]),
    write: (source) => composerAuthJson(source),
    run: ({ box, text, standIn }) => {
      box.write("auth.json", text);
      const repository = {
        type: "composer",
        url: `${standIn.url}/api/v4/group/1/-/packages/composer/packages.json`,
      };
      const config = { "secure-http": false, "gitlab-domains": [standIn.host] };
      const needs = { require: { "acme/hello": "1.0.0" } };
      const repositories = [repository, { "packagist.org": false }];
      box.write("composer.json", JSON.stringify({ repositories, config, ...needs }));
      const home = { COMPOSER_HOME: join(box.folder, "composer"), COMPOSER_ALLOW_SUPERUSER: "1" };
      return box.run(["update", "--no-ansi", "--no-interaction", "--no-progress"], home);
    },
    proof: hasFile("vendor/acme/hello/hello.php"),
    refused: /(HTTP\/1\.1 401|Invalid credentials|401 Unauthorized)/,
  },
  {
    format: "mavenSettingsXml",
    client: "Maven",
    does: "takes a parent POM from the group's registry",
    owner: group,
    find: () => pathTool("mvn", ["--version"], /(?<=Apache Maven )[\d.]+/),
    write: (source) => mavenSettingsXml(source),
    run: ({ box, text, standIn }) => {
      const url = `${standIn.url}/api/v4/groups/1/-/packages/maven`;
      box.write(
        "pom.xml",
        `<project><modelVersion>4.0.0</modelVersion>
<parent><groupId>acme</groupId><artifactId>parent</artifactId><version>1.0</version><relativePath/></parent>
<artifactId>user</artifactId><packaging>pom</packaging>
<repositories><repository><id>gitlab-maven</id><url>${url}</url></repository>
<repository><id>central</id><url>${standIn.url}/central</url></repository></repositories></project>
`,
      );
      const settings = box.write("settings.xml", text);
      const local = `-Dmaven.repo.local=${join(box.folder, "repository")}`;
      return box.run(["--batch-mode", "--settings", settings, local, "validate"]);
    },
    proof: (_, { stdout }) => stdout.includes("BUILD SUCCESS"),
    refused: /(status: 401 Unauthorized|status code: 401|Unauthorized)/,
  },
  {
    format: "nugetConfig",
    client: "NuGet",
    does: "`nuget install` from the group's registry",
    owner: group,
    find: async () =>
      (await pathTool("mono", ["--version"])) === undefined ? undefined : npmTool("nuget", ["mono"]),
    write: (source) => nugetConfig(source),
    run: ({ box, text }) => {
      const config = box.write("NuGet.Config", text);
      const args = ["-Source", "gitlab", "-ConfigFile", config, "-OutputDirectory", "out"];
      return box.run(["install", "Acme.Hello", ...args, "-NonInteractive", "-NoCache", "-DirectDownload"]);
    },
    proof: hasFile("Acme.Hello.1.0.0.nupkg"),
    refused: /(401 \(Unauthorized\)|401 Unauthorized)/,
    isOutsideGate: true,
  },
  {
    format: "helmRepositoriesYaml",
    client: "Helm",
    does: "`helm repo update` and `helm pull` of a chart of the project",
    owner: project,
    find: () => pathTool("helm", ["version"]),
    write: (source) => helmRepositoriesYaml(source),
    run: async ({ box, text }) => {
      const env = {
        HELM_REPOSITORY_CONFIG: box.write("repositories.yaml", text),
        HELM_CACHE_HOME: join(box.folder, "cache"),
      };
      const update = await box.run(["repo", "update"], env);
      return update.code === 0 ? box.run(["pull", "gitlab/hello"], env) : update;
    },
    proof: hasFile("hello-1.0.0.tgz"),
    refused: /(401 Unauthorized)/,
    isOutsideGate: true,
  },
  ...["terraform", "tofu"].map(
    (name): Trial => ({
      format: "terraformrc",
      client: name === "tofu" ? "OpenTofu" : "Terraform",
      does: `\`${name} get\` of a module of the group`,
      owner: group,
      find: () => pathTool(name, ["version"]),
      write: (source, { tlsUrl }) => terraformrc({ ...source, baseUrl: tlsUrl }),
      run: ({ box, text, standIn, certificates }) => {
        const { host } = new URL(standIn.tlsUrl);
        box.write(
          "main.tf",
          `module "hello" {\n  source  = "${host}/acme/hello/local"\n  version = "1.0.0"\n}\n`,
        );
        return box.run(["get", "-no-color"], {
          TF_CLI_CONFIG_FILE: box.write("terraformrc", text),
          SSL_CERT_FILE: certificates.ca,
          CHECKPOINT_DISABLE: "1",
        });
      },
      proof: hasFile(".terraform/modules/hello/main.tf"),
      refused: /(401 Unauthorized)/,
      isOutsideGate: true,
    }),
  ),
];

/** All trials in the order of the table. */
export const trials: readonly Trial[] = [
  ...imageTrials,
  ...gitTrials,
  ...npmTrials,
  ...pythonTrials,
  ...otherTrials,
];

/** Formats whose client is in no registry. */
export const untried: readonly { readonly format: string; readonly client: string; readonly why: string }[] =
  [
    {
      format: "dockerConfigJson",
      client: "Docker, Kubernetes",
      why: "need a daemon and a cluster; Skopeo and Podman read the same file",
    },
    {
      format: "gradleProperties",
      client: "Gradle",
      why: "no registry carries a version that knows header credentials",
    },
    { format: "nugetConfig", client: ".NET", why: "no registry carries its SDK; NuGet reads the same file" },
  ];
