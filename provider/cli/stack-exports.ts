import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { isRecord } from "../gitlab/error-body.js";
import { isNumericId, type OwnerKind } from "../gitlab/owner.js";
import { invalid } from "../invalid-argument.js";
import { kindOfType } from "../pulumi-package.js";
import { parseResourceId } from "../resource-id.js";
import {
  deploymentOf,
  fieldsOf,
  isEncrypted,
  type JsonRecord,
  readState,
  recordsOf,
  text,
  texts,
} from "./deployment.js";
import type { ManagedToken, PendingCreate } from "./managed-token.js";
import { terraformState } from "./terraform-state.js";

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
  const created = interruptedCreates(deployment);
  const stack = stackOf([...resources, ...created]) ?? name;
  return {
    stack,
    selector: stack.split("/").at(-1) ?? stack,
    tool: "pulumi",
    tokens: resources.flatMap((resource) => managedToken(resource, stack, baseUrls) ?? []),
    pendingCreates: created.flatMap((resource) => pendingCreate(resource, baseUrls) ?? []),
    savedAt: isRecord(deployment["manifest"]) ? text(deployment["manifest"]["time"]) : undefined,
    showsSecrets: !resources.some(
      (resource) => kindOf(resource) !== undefined && isEncrypted(fieldsOf(resource)["token"]),
    ),
  };
}

/** The resources whose create had not ended when the state was saved. */
export function interruptedCreates({ pending_operations: pending }: JsonRecord): JsonRecord[] {
  return (recordsOf(pending) ?? []).flatMap(({ type, resource }) =>
    type === "creating" && isRecord(resource) ? [resource] : [],
  );
}

/** The official provider's types. */
export const officialTypes = {
  project: "gitlab:index/projectDeployToken:ProjectDeployToken",
  group: "gitlab:index/groupDeployToken:GroupDeployToken",
} as const satisfies Record<OwnerKind, string>;

/** The types of provider resources, with their key for the address of GitLab. */
const providers: Readonly<Record<string, string>> = {
  "pulumi:providers:gitlab": "baseUrl",
  "pulumi:providers:pulumi-nodejs": "gitlab:baseUrl",
};

/** The kind of owner. The old `DeployToken` has it in its outputs. */
function kindOf(resource: JsonRecord): OwnerKind | undefined {
  const { type } = resource;
  if (type === officialTypes.project) return "project";
  if (type === officialTypes.group) return "group";
  if (type !== "gitlab:index/deployToken:DeployToken") return kindOfType(type);
  return text(fieldsOf(resource)["group"]) === undefined ? "project" : "group";
}

function managedToken(
  resource: JsonRecord,
  stack: string,
  baseUrls: ReadonlyMap<string, string | undefined>,
): ManagedToken | undefined {
  const kind = kindOf(resource);
  // A program does not manage a token that it only reads.
  if (kind === undefined || resource["external"] === true) return undefined;
  const outputs = fieldsOf(resource);
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
    scopes: texts(outputs["scopes"]),
    expiresAt: text(outputs["expiresAt"]),
    isAdopted: outputs["adoption"] !== undefined,
    hasOpenRequest: outputs["unsettled"] !== undefined,
    token: text(outputs["token"]),
    tool: "pulumi",
  };
}

function pendingCreate(
  resource: JsonRecord,
  baseUrls: ReadonlyMap<string, string | undefined>,
): PendingCreate | undefined {
  // An interrupted create has inputs only.
  const inputs = fieldsOf(resource, "inputs");
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
    scopes: texts(inputs["scopes"]),
    expiresAt: text(inputs["expiresAt"]),
    isEncrypted: Object.values(inputs).some(isEncrypted),
  };
}

function providerBaseUrl(resource: JsonRecord): string | undefined {
  const key = providers[String(resource["type"])];
  const baseUrl = key === undefined ? undefined : text(fieldsOf(resource)[key]);
  if (baseUrl === undefined) return undefined;
  return URL.canParse(baseUrl) ? normalizeBaseUrl(baseUrl, "baseUrl") : undefined;
}

/** From a URN: `urn:pulumi:stack::project::type::name`. */
function stackOf(resources: readonly JsonRecord[]): string | undefined {
  const [stack, project] = /^urn:pulumi:(.+?)::(.+?)::/.exec(String(resources[0]?.["urn"]))?.slice(1) ?? [];
  return stack === undefined ? undefined : `${project}/${stack}`;
}
