import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { isRecord } from "../gitlab/error-body.js";
import { isNumericId, type OwnerKind } from "../gitlab/owner.js";
import { invalid } from "../invalid-argument.js";
import { parseResourceId } from "../resource-id.js";
import { deploymentOf, type JsonRecord, readState, recordsOf, text } from "./deployment.js";
import { terraformState } from "./terraform-state.js";

/** A resource of a stack that manages a deploy token, this package's or the official provider's. */
export interface ManagedToken {
  /** `project/stack`. */
  readonly stack: string;
  readonly urn: string;
  /** The URN of the component above it. */
  readonly parent: string | undefined;
  readonly kind: OwnerKind;
  /** Undefined in a resource that is not settled yet. */
  readonly deployTokenId: number | undefined;
  /** Id or full path as the program wrote it. */
  readonly owner: string;
  /** Defined if this package recorded it. */
  readonly ownerId: string | undefined;
  /** Undefined if the state does not contain the address of GitLab. */
  readonly baseUrl: string | undefined;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
  /** Whether it was adopted. The program may still contain `adopt`. */
  readonly isAdopted: boolean;
  /** Whether a request whose response was lost is still open: GitLab may have created a token that no stack has. */
  readonly hasOpenRequest: boolean;
  /** In an export with --show-secrets, and in a Terraform state. */
  readonly token: string | undefined;
  /** The tool that wrote the state. OpenTofu's is Terraform's. */
  readonly tool: "pulumi" | "terraform";
}

/** An interrupted create: the state does not show whether GitLab created the token. */
export interface PendingCreate
  extends Pick<
    ManagedToken,
    "urn" | "kind" | "owner" | "ownerId" | "baseUrl" | "name" | "scopes" | "expiresAt"
  > {
  /** Undefined for the default of GitLab. */
  readonly username: string | undefined;
}

export interface StackExport {
  /** `project/stack`, or the file's name for a stack without resources. */
  readonly stack: string;
  /** The argument of Pulumi's --stack: the given one, or the name of the stack. */
  readonly selector: string;
  readonly tool: ManagedToken["tool"];
  readonly tokens: readonly ManagedToken[];
  readonly pendingCreates: readonly PendingCreate[];
  /** The time when a run last saved the state; undefined if the export does not contain it. */
  readonly savedAt: string | undefined;
  /** Whether it contains the values of deploy tokens in plain text. */
  readonly showsSecrets: boolean;
}

/** The name of the rotating component that a token belongs to. */
export function rotationOf({ parent = "" }: ManagedToken): string | undefined {
  return /:Rotating(?:Project|Group)DeployToken::(.+)$/.exec(parent)?.[1];
}

/** Reads the output file of `pulumi stack export`. */
export async function readExport(file: string): Promise<StackExport> {
  return parseExport(await readState(file), file, `--state ${file}`);
}

/** Runs `pulumi stack export` in this folder. Pulumi finds the project and logs in as usual. */
export async function exportStack(
  name: string,
  showSecrets: boolean,
  env: NodeJS.ProcessEnv,
): Promise<StackExport> {
  const text = await exportText(name, showSecrets, env);
  return { ...parseExport(text, name, `--stack ${name}`), selector: name };
}

/** The output of `pulumi stack export`. */
export async function exportText(
  name: string,
  showSecrets: boolean,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const args = ["stack", "export", "--stack", name, "--non-interactive"];
  const run = promisify(execFile)("pulumi", [...args, ...(showSecrets ? ["--show-secrets"] : [])], {
    env,
    maxBuffer: 1024 ** 3,
  });
  const { stdout } = await run.catch((error: { code?: unknown; stderr?: string }) => {
    const reason =
      error.code === "ENOENT"
        ? "pulumi is not on the PATH"
        : (error.stderr ?? "").trim().replace(/\s*\n\s*/g, " ");
    throw invalid(`--stack ${name}: pulumi ${args.join(" ")} failed: ${reason}`);
  });
  return stdout;
}

function parseExport(content: string, name: string, source: string): StackExport {
  const terraform = terraformState(content, name, source);
  if (terraform !== undefined) return terraform;
  const deployment = deploymentOf(content);
  const resources = recordsOf(deployment?.["resources"]);
  if (deployment === undefined || resources === undefined) {
    throw invalid(
      `${source} is not what pulumi stack export prints; wanted: its JSON with "deployment", a deployment alone, the file of a backend with "checkpoint", or a Terraform state`,
    );
  }
  const baseUrls = new Map(
    resources.map((resource) => [`${resource["urn"]}::${resource["id"]}`, providerBaseUrl(resource)]),
  );
  const pending = recordsOf(deployment["pending_operations"]) ?? [];
  const created = pending.filter(({ type }) => type === "creating").map(({ resource }) => resource);
  const stack = stackOf([...resources, ...created.filter(isRecord)]) ?? name;
  const tokens = resources.flatMap((resource) => {
    const token = managedToken(resource, stack, baseUrls);
    return token === undefined ? [] : [token];
  });
  const values = resources
    .filter((resource) => kindOf(resource) !== undefined)
    .map((resource) => outputsOf(resource)["token"]);
  const isReadable = (value: unknown) => !(isRecord(value) && "ciphertext" in value);
  return {
    stack,
    selector: stack.split("/").at(-1) ?? stack,
    tool: "pulumi",
    tokens,
    pendingCreates: created.filter(isRecord).flatMap((resource) => pendingCreate(resource, baseUrls) ?? []),
    savedAt: isRecord(deployment["manifest"]) ? text(deployment["manifest"]["time"]) : undefined,
    showsSecrets: values.every(isReadable),
  };
}

const types: Readonly<Record<string, OwnerKind>> = {
  "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken": "project",
  "pulumi-nodejs:dynamic/gitlab:GroupDeployToken": "group",
  "gitlab:index/projectDeployToken:ProjectDeployToken": "project",
  "gitlab:index/groupDeployToken:GroupDeployToken": "group",
};

/** The types of provider resources, with their key for the address of GitLab. */
const providers: Readonly<Record<string, string>> = {
  "pulumi:providers:gitlab": "baseUrl",
  "pulumi:providers:pulumi-nodejs": "gitlab:baseUrl",
};

/** The kind of owner. The old `DeployToken` has it in its outputs. */
function kindOf(resource: JsonRecord): OwnerKind | undefined {
  const type = String(resource["type"]);
  if (type !== "gitlab:index/deployToken:DeployToken") return types[type];
  return text(outputsOf(resource)["group"]) === undefined ? "project" : "group";
}

function managedToken(
  resource: JsonRecord,
  stack: string,
  baseUrls: ReadonlyMap<string, string | undefined>,
): ManagedToken | undefined {
  const kind = kindOf(resource);
  // A program does not manage a token that it only reads.
  if (kind === undefined || resource["external"] === true) return undefined;
  const outputs = outputsOf(resource);
  const { owner, deployTokenId } = parseResourceId(String(resource["id"])) ?? {};
  const baseUrl = text(outputs["baseUrl"]) ?? baseUrls.get(String(resource["provider"]));
  const recordedId = text(outputs["ownerId"]);
  const written = owner ?? text(outputs[kind]) ?? "";
  return {
    stack,
    urn: String(resource["urn"]),
    parent: text(resource["parent"]),
    kind,
    deployTokenId,
    owner: written,
    ownerId: recordedId ?? (isNumericId(written) ? written : undefined),
    baseUrl,
    name: text(outputs["name"]) ?? "",
    username: text(outputs["username"]) ?? "",
    scopes: Array.isArray(outputs["scopes"]) ? outputs["scopes"].map(String) : [],
    expiresAt: text(outputs["expiresAt"]),
    isAdopted: outputs["adoption"] !== undefined,
    hasOpenRequest: outputs["unsettled"] !== undefined,
    token: plaintext(outputs["token"]),
    tool: "pulumi",
  };
}

function pendingCreate(
  resource: JsonRecord,
  baseUrls: ReadonlyMap<string, string | undefined>,
): PendingCreate | undefined {
  // An interrupted create has inputs only.
  const inputs = isRecord(resource["inputs"]) ? resource["inputs"] : {};
  const kind = kindOf({ ...resource, outputs: inputs });
  if (kind === undefined) return undefined;
  const owner = text(inputs[kind]) ?? "";
  return {
    urn: String(resource["urn"]),
    kind,
    owner,
    ownerId: isNumericId(owner) ? owner : undefined,
    baseUrl: baseUrls.get(String(resource["provider"])),
    name: text(inputs["name"]) ?? "",
    username: text(inputs["username"]),
    scopes: Array.isArray(inputs["scopes"]) ? inputs["scopes"].map(String) : [],
    expiresAt: text(inputs["expiresAt"]),
  };
}

function outputsOf(resource: JsonRecord): JsonRecord {
  return isRecord(resource["outputs"]) ? resource["outputs"] : {};
}

/** The value of a secret, which `--show-secrets` writes as JSON in a field of its own. */
function plaintext(value: unknown): string | undefined {
  if (!isRecord(value)) return text(value);
  if (typeof value["plaintext"] !== "string") return undefined;
  try {
    return text(JSON.parse(value["plaintext"]));
  } catch {
    return undefined;
  }
}

function providerBaseUrl(resource: JsonRecord): string | undefined {
  const key = providers[String(resource["type"])];
  const baseUrl = key === undefined ? undefined : text(outputsOf(resource)[key]);
  if (baseUrl === undefined) return undefined;
  return URL.canParse(baseUrl) ? normalizeBaseUrl(baseUrl, "baseUrl") : undefined;
}

/** From a URN: `urn:pulumi:stack::project::type::name`. */
function stackOf(resources: readonly JsonRecord[]): string | undefined {
  const [stack, project] = /^urn:pulumi:(.+?)::(.+?)::/.exec(String(resources[0]?.["urn"]))?.slice(1) ?? [];
  return stack === undefined ? undefined : `${project}/${stack}`;
}
