import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type FleetFolder, type FleetRun, namespaces } from "./fleet.js";
import { descendants } from "./processes.js";

const tsx = pathToFileURL(createRequire(__filename).resolve("tsx")).href;

/**
 * Machines for workers. Each is a network and a process namespace that reaches some loopback ports of this machine.
 */
export class Machines {
  private readonly fleet: FleetFolder;
  /** A folder with a `node` that is new enough. */
  private readonly node: string;
  private readonly relays: { port: number; socket: string; server: Server; open: Set<Socket> }[] = [];

  private constructor(fleet: FleetFolder, node: string) {
    this.fleet = fleet;
    this.node = node;
  }

  static async create(fleet: FleetFolder, node: string, ports: readonly number[]): Promise<Machines> {
    const machines = new Machines(fleet, node);
    for (const port of ports) {
      const socket = join(fleet.home, `${port}.sock`);
      const open = new Set<Socket>();
      const server = createServer((client) => {
        const target = connect(port, "127.0.0.1");
        client.pipe(target).pipe(client);
        for (const end of [client, target]) {
          open.add(end);
          end.on("error", () => undefined);
          end.on("close", () => {
            open.delete(end);
            client.destroy();
            target.destroy();
          });
        }
      });
      server.listen(socket);
      await once(server, "listening");
      machines.relays.push({ port, socket, server, open });
    }
    return machines;
  }

  /** Starts a worker as the first process of a machine, like the only process of a container. */
  worker(stacksAtATime = 2): Worker {
    const pairs = this.relays.map(({ port, socket }) => `${port}=${socket}`).join(" ");
    const script =
      `ip link set lo up && "${process.execPath}" "${join(__dirname, "relay.cjs")}" ${pairs} & ` +
      `export PATH="${this.node}:$PATH" STACKS_AT_A_TIME=${stacksAtATime}; exec node --import "${tsx}" worker.ts`;
    const run = this.fleet.start("unshare", [...namespaces("--net"), "sh", "-c", script], "fleet-workers");
    return new Worker(run);
  }

  /** Sends jobs and follows them to their end. */
  send(...args: readonly string[]): FleetRun {
    return this.program("send.ts", ...args);
  }

  /** Runs a program of examples/fleet-workers on this machine. */
  program(file: string, ...args: readonly string[]): FleetRun {
    const node = join(this.node, "node");
    return this.fleet.start(node, ["--import", tsx, file, ...args], "fleet-workers");
  }

  close(): void {
    for (const { server, open } of this.relays) {
      server.close();
      for (const socket of open) socket.destroy();
    }
  }
}

export class Worker {
  readonly run: FleetRun;

  constructor(run: FleetRun) {
    this.run = run;
  }

  get isAlive(): boolean {
    const { exitCode, signalCode } = this.run.process;
    return exitCode === null && signalCode === null;
  }

  /** The processes of the machine, as this one sees them. */
  processes() {
    return descendants(Number(this.run.process.pid));
  }

  /** Switches the machine off: every process dies at once. */
  kill(): void {
    const [first] = this.processes();
    if (first !== undefined) process.kill(first.pid, "SIGKILL");
  }

  /** Pulls the cable: nothing that is sent arrives, and no connection ends. */
  unplug(): void {
    for (const { pid, command } of this.processes())
      if (command.includes("relay.cjs")) process.kill(pid, "SIGSTOP");
  }
}
