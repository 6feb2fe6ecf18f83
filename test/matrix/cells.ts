import { newestSdk, oldestSdk } from "../engine/package-install.js";
import { commonjs, otherPrograms, type TrialProgram } from "./programs.js";
import { type Manager, type NodeRelease, nodes, oldestNode, tools } from "./tools.js";

/** One attempt: a new folder, an installation, and all commands of a stack. */
export interface Cell {
  /** The text that `--only` searches. */
  readonly name: string;
  readonly node: NodeRelease;
  /** Undefined: the version that the package manager chooses for the peer dependency. */
  readonly sdk: string | undefined;
  readonly manager: Manager;
  readonly program: TrialProgram;
}

let newestOfAll = newestSdk;

/** Sets the newest `@pulumi/pulumi`, from npm or from docs/compatibility.md. */
export function useNewestSdk(version: string): void {
  newestOfAll = version;
}

/** The newest `@pulumi/pulumi` for that Node.js. Versions after 3.248 ask for 22. */
const newestSdkFor = (node: NodeRelease) => (node.major < 22 ? newestSdk : newestOfAll);

/** The full product of Node.js, oldest and newest SDK, and package manager, with the same CommonJS program. */
export function installations(): Cell[] {
  const full = nodes.flatMap((node) =>
    [oldestSdk, newestSdkFor(node)].flatMap((sdk) =>
      tools.map((manager) => cell(node, sdk, manager, commonjs)),
    ),
  );
  return [...full, cell(oldestNode, oldestSdk, npm(), commonjs)];
}

/** Every other kind of program on each Node.js, with npm and the newest SDK. */
export function variants(): Cell[] {
  return otherPrograms.flatMap((program) =>
    nodes.map((node) => {
      const manager = tools.find(({ name }) => name === program.manager) ?? npm();
      return cell(node, program.alone ? undefined : newestSdkFor(node), manager, program);
    }),
  );
}

function npm(): Manager {
  const found = tools.find(({ name }) => name === "npm");
  if (found === undefined) throw new Error("npm is not among the package managers");
  return found;
}

function cell(node: NodeRelease, sdk: string | undefined, manager: Manager, program: TrialProgram): Cell {
  const name = `node-${node.version} sdk-${sdk ?? "any"} ${manager.name} ${program.name}`;
  return { name, node, sdk, manager, program };
}

/** All cells, in an order that lets an interrupted run try something of everything. */
export function everything(): Cell[] {
  const kinds = new Map<string, Cell[]>();
  for (const cell of [...variants(), ...installations()]) {
    const kind = `${cell.program.name} ${cell.manager.name} ${cell.sdk === oldestSdk}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), cell]);
  }
  // Each kind begins with a different Node.js than the previous kind.
  const turned = [...kinds.values()].map((cells, index) => [
    ...cells.slice(index % cells.length),
    ...cells.slice(0, index % cells.length),
  ]);
  const rounds = Math.max(...turned.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    turned.flatMap((cells) => cells.slice(round, round + 1)),
  ).flat();
}
