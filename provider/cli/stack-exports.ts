import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { isRecord } from "../gitlab/answer.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { isNumericId, type OwnerKind } from "../gitlab/owner.js";

/** A resource of a stack that manages a deploy token, this package's or the official provider's. */
export interface ManagedToken {
  /** `project/stack`. */
  readonly stack: string;
  readonly urn: string;
  /** The URN of the component above it. */
  readonly parent: string | undefined;
  readonly kind: OwnerKind;
  /** Undefined in a row that is not settled yet. */
  readonly deployTokenId: number | undefined;
  /** Id or full path as the program wrote it. */
  readonly owner: string;
  /** Where this package recorded it. */
  readonly ownerId: string | undefined;
  /** Undefined where the state does not tell which GitLab it is on. */
  readonly baseUrl: string | undefined;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
  /** Whether it was taken over: the program may still say `adopt`. */
  readonly isAdopted: boolean;
  /** Only in an export with --show-secrets. */
  readonly token: string | undefined;
}

export interface StackExport {
  /** `project/stack`, or the file's name where no resource tells. */
  readonly stack: string;
  /** What Pulumi's --stack takes for it: as given to ours, else the stack's own name. */
  readonly selector: string;
  readonly tokens: readonly ManagedToken[];
  /** Whether deploy tokens' values are in it, readable. */
  readonly showsSecrets: boolean;
}

/** The name of the rotating component that a token belongs to. */
export function rotationOf({ parent = "" }: ManagedToken): string | undefined {
  return /:Rotating(?:Project|Group)DeployToken::(.+)$/.exec(parent)?.[1];
}

/** Reads what `pulumi stack export` wrote into a file. */
export async function readExport(file: string): Promise<StackExport> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw invalid(`--state ${file} cannot be read (${reason})`);
  });
  // Windows' shells put a mark before UTF-8.
  return parseExport(text.replace(/^\uFEFF/, ""), file, `--state ${file}`);
}

/** Runs `pulumi stack export` here; Pulumi finds the project and logs in as it always does. */
export async function exportStack(
  name: string,
  showSecrets: boolean,
  env: NodeJS.ProcessEnv,
): Promise<StackExport> {
  const args = ["stack", "export", "--stack", name, "--non-interactive"];
  const run = promisify(execFile)("pulumi", [...args, ...(showSecrets ? ["--show-secrets"] : [])], {
    env,
    maxBuffer: 1024 ** 3,
  });
  const { stdout } = await run.catch((error: { code?: unknown; stderr?: string }) => {
    const reason = error.code === "ENOENT" ? "pulumi is not on the PATH" : (error.stderr ?? "").trim();
    throw invalid(`--stack ${name}: pulumi ${args.join(" ")} failed: ${reason}`);
  });
  return { ...parseExport(stdout, name, `--stack ${name}`), selector: name };
}

function parseExport(text: string, name: string, source: string): StackExport {
  const resources = resourcesOf(text);
  if (resources === undefined) {
    throw invalid(`${source} is not what pulumi stack export prints: wanted: JSON with "deployment"`);
  }
  const baseUrls = new Map(resources.map((row) => [`${row["urn"]}::${row["id"]}`, providerBaseUrl(row)]));
  const stack = stackOf(resources) ?? name;
  const tokens = resources.flatMap((row) => {
    const token = managedToken(row, stack, baseUrls);
    return token === undefined ? [] : [token];
  });
  const values = resources.filter((row) => kindOf(row) !== undefined).map((row) => outputsOf(row)["token"]);
  const isReadable = (value: unknown) => !(isRecord(value) && "ciphertext" in value);
  return {
    stack,
    selector: stack.split("/").at(-1) ?? stack,
    tokens,
    showsSecrets: values.every(isReadable),
  };
}

const types: Readonly<Record<string, OwnerKind>> = {
  "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken": "project",
  "pulumi-nodejs:dynamic/gitlab:GroupDeployToken": "group",
  "gitlab:index/projectDeployToken:ProjectDeployToken": "project",
  "gitlab:index/groupDeployToken:GroupDeployToken": "group",
};

type Row = Readonly<Record<string, unknown>>;

function resourcesOf(text: string): Row[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const deployment = isRecord(json) ? json["deployment"] : undefined;
  if (!isRecord(deployment)) return undefined;
  const resources = deployment["resources"] ?? [];
  return Array.isArray(resources) ? resources.filter(isRecord) : undefined;
}

/** Of a token's resource; the old `DeployToken` says in its outputs whose it is. */
function kindOf(row: Row): OwnerKind | undefined {
  const type = String(row["type"]);
  if (type !== "gitlab:index/deployToken:DeployToken") return types[type];
  return text(outputsOf(row)["group"]) === undefined ? "project" : "group";
}

function managedToken(
  row: Row,
  stack: string,
  baseUrls: ReadonlyMap<string, string | undefined>,
): ManagedToken | undefined {
  const kind = kindOf(row);
  // What a program only reads, it does not manage.
  if (kind === undefined || row["external"] === true) return undefined;
  const outputs = outputsOf(row);
  const [, owner, id] = /^(?:(?:project|group):)?(?:(.+):)?(\d+|unsettled)$/.exec(String(row["id"])) ?? [];
  const baseUrl = text(outputs["baseUrl"]) ?? baseUrls.get(String(row["provider"]));
  const recordedId = text(outputs["ownerId"]);
  const written = owner ?? text(outputs[kind]) ?? "";
  return {
    stack,
    urn: String(row["urn"]),
    parent: text(row["parent"]),
    kind,
    deployTokenId: id === undefined || !isNumericId(id) ? undefined : Number(id),
    owner: written,
    ownerId: recordedId ?? (isNumericId(written) ? written : undefined),
    baseUrl,
    name: text(outputs["name"]) ?? "",
    username: text(outputs["username"]) ?? "",
    scopes: Array.isArray(outputs["scopes"]) ? outputs["scopes"].map(String) : [],
    expiresAt: text(outputs["expiresAt"]),
    isAdopted: outputs["adoption"] !== undefined,
    token: plaintext(outputs["token"]),
  };
}

function outputsOf(row: Row): Row {
  return isRecord(row["outputs"]) ? row["outputs"] : {};
}

/** A secret as `--show-secrets` writes it: JSON in a field of its own. */
function plaintext(value: unknown): string | undefined {
  if (!isRecord(value)) return text(value);
  if (typeof value["plaintext"] !== "string") return undefined;
  try {
    return text(JSON.parse(value["plaintext"]));
  } catch {
    return undefined;
  }
}

function providerBaseUrl(row: Row): string | undefined {
  const baseUrl = text(outputsOf(row)["baseUrl"]);
  if (row["type"] !== "pulumi:providers:gitlab" || baseUrl === undefined) return undefined;
  return URL.canParse(baseUrl) ? normalizeBaseUrl(baseUrl, "baseUrl") : undefined;
}

/** From a URN: `urn:pulumi:stack::project::type::name`. */
function stackOf(resources: readonly Row[]): string | undefined {
  const [stack, project] = /^urn:pulumi:(.+?)::(.+?)::/.exec(String(resources[0]?.["urn"]))?.slice(1) ?? [];
  return stack === undefined ? undefined : `${project}/${stack}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function invalid(message: string): DeployTokenError {
  return new DeployTokenError("invalid_argument", message);
}
