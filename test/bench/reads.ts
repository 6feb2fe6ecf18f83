import { rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { inParallel } from "../../provider/cli/in-parallel.js";
import { reference } from "../../provider/resources/reference.js";
import { programFolder, writeFiles } from "../engine/program-folder.js";
import { type Bag, ProviderProcess } from "../engine/provider-process.js";
import type { Engine } from "../engine/setup.js";
import type { EmulatorProcess } from "./emulator.js";
import { accessToken, startGitLab } from "./gitlab.js";
import { type Reader, type Reads, readers } from "./measurement.js";
import { fixture, floorPackage, ourPackage, type Tools } from "./programs.js";
import { rotated } from "./rounds.js";
import { usageOf } from "./sampler.js";
import type { Scenario } from "./subject.js";

const processes = 9;
const askingPackage = ourPackage.replace(/[a-z]/g, "y");
const packages: Readonly<Record<Reader, string>> = {
  floor: floorPackage,
  asking: askingPackage,
  ours: ourPackage,
};
const referenceOf = (reader: Reader) => reference("project", true).replace(ourPackage, packages[reader]);

interface Row {
  readonly id: string;
  readonly inputs: Bag;
  readonly properties: Bag;
}

/** What the reads of a refresh take of the provider's process, without the engine, by who answers them. */
export async function measureReads({ engine, shape }: Tools, scenario: Scenario): Promise<Reads> {
  const { tokens, owners, parallel } = scenario;
  const cpu: Record<Reader, number[]> = { floor: [], asking: [], ours: [] };
  const gitlab = await startGitLab(["ours"], scenario);
  const folder = writeProgram(engine, shape);
  try {
    const rows = await inProcess("ours", folder, gitlab, (provider) => create(provider, scenario));
    await gitlab.traffic();
    for (let count = 0; count < processes; count++) {
      for (const reader of rotated(readers, count)) {
        cpu[reader].push(
          await inProcess(reader, folder, gitlab, (provider) => read(provider, reader, rows, scenario)),
        );
        const requests = Object.entries((await gitlab.traffic()).counts);
        // One that did not do the work must not look fast.
        const asked = JSON.stringify(requests);
        const wanted = reader === "floor" ? [] : [["GET /projects/:id/deploy_tokens", owners]];
        if (asked !== JSON.stringify(wanted)) throw new Error(`${reader} asked ${asked}`);
      }
    }
    return { kind: "reads", tokens, owners, parallel, cpu };
  } finally {
    rmSync(folder, { recursive: true });
    await gitlab.close();
  }
}

/** A program's folder in which all of them are found. */
function writeProgram({ installed }: Engine, shape: string): string {
  const folder = programFolder(installed);
  writeFiles(folder, {
    "shape.json": shape,
    [`node_modules/${floorPackage}/lifecycle.js`]: fixture("floor-lifecycle.cjs"),
    [`node_modules/${askingPackage}/floor-lifecycle.cjs`]: fixture("floor-lifecycle.cjs"),
    [`node_modules/${askingPackage}/lifecycle.js`]: fixture("asking-lifecycle.cjs"),
  });
  return folder;
}

async function inProcess<T>(
  reader: Reader,
  folder: string,
  gitlab: EmulatorProcess,
  work: (provider: ProviderProcess) => Promise<T>,
): Promise<T> {
  const provider = await ProviderProcess.start(folder, referenceOf(reader));
  try {
    await provider.configure({ "gitlab:baseUrl": gitlab.url, "gitlab:token": accessToken });
    return await work(provider);
  } finally {
    await provider.close();
  }
}

async function create(
  provider: ProviderProcess,
  { tokens, owners, parallel }: Scenario,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await inParallel(Array(tokens).keys(), parallel, async (index) => {
    const inputs = {
      project: `ours/project-${index % owners}`,
      name: `pull ${index}`,
      scopes: ["read_registry", "read_repository"],
    };
    const { id, properties } = await provider.create(inputs);
    rows[index] = { id, inputs, properties: unwrapped(properties) };
  });
  return rows;
}

/** As the engine sends a row to this provider: the token's value is no secret on the wire, the code is added anew. */
function unwrapped({ __provider: _, token, ...others }: Bag): Bag {
  return { ...others, token: (token as { value?: string }).value ?? token };
}

/** CPU time from the first call to the last answer, in seconds. */
async function read(
  provider: ProviderProcess,
  reader: Reader,
  rows: readonly Row[],
  { parallel }: Scenario,
): Promise<number> {
  const before = cpuOf(provider);
  await inParallel(rows, parallel, async ({ id, inputs, properties }) => {
    const found = await provider.read(id, properties);
    // As the engine does in a refresh.
    const olds = { ...unwrapped(found.properties), __provider: referenceOf(reader) };
    const { changes } = await provider.diff(id, olds, inputs);
    if (!isDeepStrictEqual(unwrapped(found.properties), properties) || changes !== none) {
      throw new Error(`${reader}: ${found.id} is not as it was`);
    }
  });
  return cpuOf(provider) - before;
}

/** DiffResponse.DIFF_NONE */
const none = 1;

function cpuOf({ pid }: ProviderProcess): number {
  const usage = usageOf(pid);
  if (usage === undefined) throw new Error("the provider's process has ended");
  return usage.cpu;
}
