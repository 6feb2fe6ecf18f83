import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import type { DeclaredToken, OwnerKind } from "./declaration.js";
import { type HighestIds, teamType } from "./team.js";

/** A token that the state has, or that it says was being made. */
export interface StateToken extends DeclaredToken {
  readonly deployTokenId: number | undefined;
  /** False where the next `up` makes another: revoked, or not settled. */
  readonly isAlive: boolean;
}

/** What the fleet needs to know of a stack's state. */
export interface StackState {
  readonly tokens: readonly StateToken[];
  /** The ids of all rows, those that a replacement has yet to delete among them: never a leftover's. */
  readonly knownIds: ReadonlySet<number>;
  /** Creates whose end the state does not know: their engine was killed. */
  readonly pendingCreates: readonly DeclaredToken[];
  /** The last run failed, or its provider was killed: it may have made what the state does not know. */
  readonly isUnfinished: boolean;
  readonly teamUrn: string | undefined;
  /** The last run that made tokens, and the ids that it began with. */
  readonly run: string | undefined;
  readonly highestIds: HighestIds;
  /** In bytes. */
  readonly size: number;
}

interface Row {
  readonly urn: string;
  readonly type: string;
  readonly delete?: boolean;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/** As `pulumi stack export` prints it, secrets encrypted: `Stack.exportStack` would decrypt them. */
export async function readState({ workspace, name }: Stack): Promise<StackState> {
  const args = ["stack", "export", "--stack", name, "--non-interactive"];
  const { stdout } = await promisify(execFile)(workspace.pulumiCommand.command, args, {
    cwd: workspace.workDir,
    env: { ...process.env, ...workspace.envVars },
    maxBuffer: 1024 ** 3,
  });
  return parseState(stdout);
}

export function parseState(text: string): StackState {
  const { deployment } = JSON.parse(text) as {
    deployment: {
      resources?: Row[];
      pending_operations?: { type: string; resource: Row }[];
    };
  };
  const rows = deployment.resources ?? [];
  const pending = deployment.pending_operations ?? [];
  const team = rows.find(({ type }) => type === teamType);
  const run = team?.inputs?.["run"] as string | undefined;
  const finished = rows.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.["run"];
  return {
    tokens: rows.filter((row) => row.delete !== true).flatMap(tokenOf),
    knownIds: new Set(rows.flatMap(tokenOf).flatMap(({ deployTokenId }) => deployTokenId ?? [])),
    pendingCreates: pending
      .filter(({ type }) => type === "creating")
      .flatMap(({ resource }) => tokenOf(resource)),
    teamUrn: team?.urn,
    isUnfinished: run !== finished,
    run,
    highestIds: (team?.inputs?.["highestIds"] ?? {}) as HighestIds,
    size: text.length,
  };
}

function tokenOf({ urn, type, inputs = {}, outputs = {} }: Row): StateToken[] {
  const kind = /:(Project|Group)DeployToken$/.exec(type)?.[1]?.toLowerCase() as OwnerKind | undefined;
  if (kind === undefined) return [];
  const { name, scopes, username, expiresAt } = inputs;
  const deployTokenId = outputs["deployTokenId"];
  return [
    {
      kind,
      owner: String(inputs[kind]),
      // urn:pulumi:STACK::PROJECT::TYPE::NAME, and a name may hold "::".
      resource: urn.split("::").slice(3).join("::"),
      name: String(name),
      scopes: (scopes ?? []) as string[],
      ...(typeof username === "string" ? { username } : {}),
      ...(typeof expiresAt === "string" ? { expiresAt } : {}),
      deployTokenId: typeof deployTokenId === "number" ? deployTokenId : undefined,
      isAlive: typeof deployTokenId === "number" && outputs["revoked"] !== true,
    },
  ];
}
