import { readFileSync } from "node:fs";
import { descendants } from "../engine/processes.js";

/** Reads the memory of processes and all below them twice a second until `stop`. */
export function watchMemory(pids: readonly number[]): { stop(): Peak } {
  const peak = { all: 0, engine: 0 };
  const look = () => {
    const below = pids.flatMap(descendants);
    const sizes = [...pids, ...below.map((each) => each.pid)].map(resident);
    peak.all = Math.max(
      peak.all,
      sizes.reduce((a, b) => a + b, 0),
    );
    const engines = below.filter(({ command }) => /(^|\/)pulumi /.test(command));
    peak.engine = Math.max(peak.engine, ...engines.map((each) => resident(each.pid)));
  };
  const timer = setInterval(look, 500);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** In MB. */
export interface Peak {
  /** Of all processes together. */
  readonly all: number;
  /** Of the largest engine. */
  readonly engine: number;
}

function resident(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}
